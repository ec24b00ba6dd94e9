"""Whether the audit log lost its end: an older copy of it, or of all data, was put back."""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from voices.audit.anchor import Anchor
from voices.consent.ledger import Ledger
from voices.consent.ledger_events import Body, Book, EventType
from voices.consent.ledger_line import Head
from voices.consent.ledger_reader import verify_hint
from voices.errors import LedgerDamagedError

OLDER: Final = "the audit log is older than what was last written"
NO_ANCHOR: Final = "it is missing, so nobody can tell whether the log was cut short"
ENDS_WITHOUT_ANCHOR: Final = 1
"""A power cut may come between the first end and the first anchor."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """`known` is the end that the log had; None where the anchor cannot tell."""

    error: LedgerDamagedError
    known: Head | None = None

    def body(self) -> Body:
        """What the line that accepts it says."""
        if self.known is None:
            return {}
        return {"through": self.known.seq, "through_hash": self.known.hash}


def find_rollback(ledger: Ledger, anchor: Anchor) -> Rollback | None:
    """None where the log holds the end that its anchor knows. Raises LedgerDamagedError."""
    try:
        known = anchor.read()
    except LedgerDamagedError as error:
        return Rollback(error)
    if known is None:
        return _without_anchor(ledger, anchor)
    line = next(ledger.lines(known.seq - 1), None)
    if line is not None and line.head == known:
        return None
    return Rollback(_error(OLDER, "audit_rolled_back"), known)


def _without_anchor(ledger: Ledger, anchor: Anchor) -> Rollback | None:
    ends = (line for line in ledger.lines() if line.event.type is EventType.SPEECH_ENDED)
    if len(list(islice(ends, ENDS_WITHOUT_ANCHOR + 1))) <= ENDS_WITHOUT_ANCHOR:
        return None
    return Rollback(_error(f"{anchor.path}: {NO_ANCHOR}", "audit_anchor_missing"))


def _error(text: str, reason: str) -> LedgerDamagedError:
    return LedgerDamagedError(text, hint=verify_hint(Book.AUDIT), reason=reason)
