"""One utterance in a person's voice: its mark, and its two lines in the audit log."""

from dataclasses import dataclass, field

from voices.audit.entries import Ended
from voices.audit.log import AuditLog
from voices.watermark.embedder import Marker
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey
from voices.watermark.proof import expected_signs, signs_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnding:
    """What came of it; `heard_s` seconds left the agent, `text` is what was to be said."""

    outcome: str
    reason: str | None
    heard_s: float
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MarkedUtterance:
    """Begun, which the audit log knows; `marker` marks all of it, and nothing else."""

    marker: Marker = field(repr=False)
    mark: UtteranceMark
    key: EpochKey = field(repr=False)
    audit: AuditLog = field(repr=False)
    line: int

    def end(self, ending: SpeechEnding) -> None:
        """Record how it ended; once. Raises `LedgerDamagedError`, `VaultError`."""
        signs = expected_signs(self.key, self.mark.payload, self.mark.start_phase, ending.heard_s)
        ended = Ended(
            outcome=ending.outcome,
            reason=ending.reason,
            duration_ms=round(1000 * ending.heard_s),
            text_mac=self.audit.text_mac(ending.text),
            signs_digest=signs_digest(signs),
        )
        self.audit.end(self.line, ended)
