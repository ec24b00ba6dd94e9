"""What the attacks of `tests.bench.watermark_security` came to, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench import watermark_security_words as in_words
from tests.bench.finding import Finding
from tests.bench.watermark_collusion import INHERENT, MOST, RENDITIONS, Revealed, Washed
from tests.bench.watermark_forgery import Transplanted
from tests.bench.watermark_overlaps import Assembled, Original, Repeat
from tests.bench.watermark_presence import Told
from tests.bench.watermark_strangers import Strangers
from voices.watermark.detector import LEVEL

_GUESSED: Final = 0.52
"""Accuracy of signs; over a hundred thousand cells, guessing stays below."""
_BY_CHANCE_Z: Final = 3.0
_FALSE_ALARMS: Final = 0.03
_SPEECH_GONE_DB: Final = 3.0
"""From the original: then what was put together is no recording of it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    strangers: Strangers
    presence: list[Told]
    assembled: list[Assembled]
    repeats: list[Repeat]
    originals: list[Original]
    transplanted: list[Transplanted]
    washed: list[Washed]
    revealed: list[Revealed]


def findings(report: Report) -> Iterator[Finding]:
    """What must fail without the key."""
    yield from _of_strangers(report.strangers)
    for assembled in report.assembled:
        if assembled.voice == "family":
            yield from _of_assembled(assembled)
    for repeat in report.repeats:
        if repeat.voice == "family":
            yield Finding(
                check=f"one utterance of {repeat.length_s:g} s does not agree with itself later",
                passed=repeat.z < repeat.z_unmarked + _BY_CHANCE_Z,
                detail=in_words.of_repeat(repeat),
            )
    for original in report.originals:
        if original.voice == "family":
            yield Finding(
                check="10 s with a known original find no other clips",
                passed=max(original.found_same_epoch, original.found_next_epoch) <= _FALSE_ALARMS,
                detail=in_words.of_original(original),
            )
    yield from _of_washed([row for row in report.washed if row.of not in INHERENT])
    for read in report.revealed:
        if read.of not in INHERENT:
            yield Finding(
                check=f"{MOST} copies of {read.of} do not reveal the pattern",
                passed=read.own_seconds <= _GUESSED,
                detail=f"pilot signs told: {read.own_seconds:.1%}",
            )
    yield Finding(
        check="copies put together are never read as a payload of none of them",
        passed=not any(row.payloads_wrong for row in report.washed),
        detail=f"{sum(row.payloads_wrong for row in report.washed)} in {len(report.washed)} lines",
    )


def _of_strangers(found: Strangers) -> Iterator[Finding]:
    for level, share in found.marked.items():
        stated = float(level)
        allowed = stated + 3 * (stated / found.searches) ** 0.5
        yield Finding(
            check=f"other keys on marked speech: p ≤ {level} as seldom as that",
            passed=share <= allowed,
            detail=f"{share:.2%} of {found.searches}, unmarked {found.unmarked[level]:.2%}",
        )
    yield Finding(
        check="no payload is read with another key",
        passed=found.payloads_read == 0,
        detail=(
            f"{found.payloads_read} with {found.keys} keys; "
            f"the right key: p ≤ {found.right_key_p:.0e}"
        ),
    )


def _of_assembled(found: Assembled) -> Iterator[Finding]:
    of = f"{found.clips} clips of 10 s"
    yield Finding(
        check=f"{of}: the others say less of a clip's pattern than its own sound does",
        passed=found.signs_read < found.signs_in_itself,
        detail=in_words.of_signs(found),
    )
    yield Finding(
        check=f"{of}, laid over each other from their beginnings, say nothing",
        passed=found.signs_without_places <= _GUESSED,
        detail=f"signs told: {found.signs_without_places:.1%}",
    )
    yield Finding(
        check=f"{of}: undoing what the others say leaves the mark",
        passed=found.still_found == 1,
        detail=f"found in {found.still_found:.0%} of those that share a stretch with another",
    )


def _of_washed(rows: Sequence[Washed]) -> Iterator[Finding]:
    for of, way in dict.fromkeys((row.of, row.way) for row in rows):
        curve = [row for row in rows if (row.of, row.way) == (of, way)]
        or_speech = " or the speech gone with it" if of == RENDITIONS else ""
        yield Finding(
            check=f"{way} of {curve[-1].copies} of {of}: still detected{or_speech}",
            passed=all(
                row.p_value <= LEVEL or (or_speech and row.snr_db < _SPEECH_GONE_DB)
                for row in curve
            ),
            detail="; ".join(f"{row.copies}: {in_words.of_washed(row)}" for row in curve),
        )
