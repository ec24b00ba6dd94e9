"""The judgement about all recordings, for the terminal, for machines and for the caller."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from voices.enrolment.quality import Measures
from voices.enrolment.verdicts import ORDER, Severity, Verdict, worst
from voices.errors import EnrolmentRefusedError

_MARKS: Final = {Severity.OK: "✓", Severity.ADVICE: "!", Severity.REFUSED: "✗"}


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """What is to be said about one recording; `name` is its file or prompt, never its text."""

    name: str
    measures: Measures
    verdicts: tuple[Verdict, ...]

    @property
    def severity(self) -> Severity:
        """The weight of the worst verdict."""
        return worst(self.verdicts)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "severity": self.severity.value,
            "measures": self.measures.to_json(),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What is to be said about all recordings of a voice.

    Any recording that is refused refuses the enrolment: it is recorded again or left out by
    whoever chose it, never silently.
    """

    recordings: tuple[RecordingReport, ...]
    overall: tuple[Verdict, ...]
    speech_s: float
    snr_db: float

    @property
    def severity(self) -> Severity:
        """The weight of the worst verdict of all."""
        return worst(verdict for _name, verdict in self._all())

    @property
    def accepted(self) -> bool:
        """Whether a voice may be made of these recordings."""
        return self.severity is not Severity.REFUSED

    def to_json(self) -> dict[str, Any]:
        """Plain data without anything personal beside the files' names."""
        return {
            "accepted": self.accepted,
            "severity": self.severity.value,
            "speech_s": round(self.speech_s, 1),
            "snr_db": round(self.snr_db, 1),
            "verdicts": [verdict.to_json() for verdict in self.overall],
            "recordings": [recording.to_json() for recording in self.recordings],
        }

    def lines(self) -> list[str]:
        """For the terminal: every recording, what is wrong with it and what to do."""
        found = [line for recording in self.recordings for line in _lines_of(recording)]
        together = f"{self.speech_s:.0f} s of speech, {self.snr_db:.0f} dB above the background"
        found.append(f"{_MARKS[worst(self.overall)]} together: {together}")
        return found + _advice_lines(self.overall)

    def refusal(self) -> EnrolmentRefusedError | None:
        """The error to raise when no voice may be made of these recordings."""
        refused = [pair for pair in self._all() if pair[1].severity is Severity.REFUSED]
        if not refused:
            return None
        reason = min((verdict.reason for _name, verdict in refused), key=ORDER.index)
        same = [pair for pair in refused if pair[1].reason == reason]
        name, verdict = same[0]
        where = f"{name}: " if name else ""
        more = f" ({len(same) - 1} more like this)" if len(same) > 1 else ""
        return EnrolmentRefusedError(
            f"{where}{verdict.sentence}{more}", hint=verdict.advice, reason=reason
        )

    def _all(self) -> Iterator[tuple[str, Verdict]]:
        for recording in self.recordings:
            yield from ((recording.name, verdict) for verdict in recording.verdicts)
        yield from (("", verdict) for verdict in self.overall)


def _lines_of(recording: RecordingReport) -> list[str]:
    measures = recording.measures
    facts = f"{measures.speech_s:.0f} s of speech, {measures.snr_db:.0f} dB"
    head = f"{_MARKS[recording.severity]} {recording.name}: {facts}"
    return [head, *_advice_lines(recording.verdicts)]


def _advice_lines(verdicts: tuple[Verdict, ...]) -> list[str]:
    return [f"    {verdict.sentence} {verdict.advice}" for verdict in verdicts]
