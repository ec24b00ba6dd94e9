"""What the attacks of `tests.bench.watermark_security` came to, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.finding import Finding
from tests.bench.watermark_collusion import MOST, Revealed, Washed, washed_out_at
from tests.bench.watermark_overlaps import Assembled, Original, Repeat
from tests.bench.watermark_presence import Told
from tests.bench.watermark_strangers import Strangers
from voices.watermark.detector import LEVEL

_GUESSED: Final = 0.52
"""Accuracy of signs; over a hundred thousand cells, guessing stays below."""
_LIKE_UNMARKED_Z: Final = 2.0
"""So much more may the most similar marked clips agree than the most similar unmarked ones."""
_FALSE_ALARMS: Final = 0.03
_PROTOTYPE: Final = "prototype, "


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    strangers: Strangers
    presence: list[Told]
    assembled: list[Assembled]
    repeats: list[Repeat]
    original: Original
    washed: list[Washed]
    revealed: list[Revealed]
    periods_searched: int
    p_value_among_periods: float


def findings(report: Report) -> Iterator[Finding]:
    """What fails without the key, and what does not."""
    yield from _of_strangers(report.strangers)
    for told in report.presence:
        yield Finding(
            check=f"marked not told from unmarked, {told.length_s:g} s, trained on other speakers",
            passed=told.low <= 0.5,
            detail=f"AUC {told.auc:.3f} ({told.low:.3f} to {told.high:.3f}), {told.clips} clips",
        )
    for each in report.assembled:
        yield from _of_assembled(each)
    yield Finding(
        check=f"{_PROTOTYPE}no stretch twice: found among {report.periods_searched} periods",
        passed=report.p_value_among_periods <= LEVEL,
        detail=f"p ≤ {report.p_value_among_periods:.0e} for 10 s",
    )
    for repeat in report.repeats:
        yield Finding(
            check=f"one utterance of {repeat.length_s:g} s does not agree with itself later",
            passed=repeat.z < repeat.z_unmarked + 3,
            detail=f"z = {repeat.z:.1f}, unmarked {repeat.z_unmarked:.1f}",
        )
    yield from _of_original(report.original)
    yield from _of_washed(report.washed)
    for read in report.revealed:
        yield Finding(
            check=f"{_prefix(read.issue)}{read.issue}, {MOST} copies do not reveal the pattern",
            passed=max(read.own_seconds, read.whole_period) <= _GUESSED,
            detail=(
                f"pilot signs told: {read.own_seconds:.1%} in the copies' own seconds, "
                f"{read.whole_period:.1%} of the period"
            ),
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
    prefix = _prefix(found.issue)
    of = f"{found.clips} clips of {found.length_s:g} s"
    yield Finding(
        check=f"{prefix}{of}: no two agree more than unmarked ones",
        passed=found.pair_z <= found.pair_z_unmarked + _LIKE_UNMARKED_Z,
        detail=f"z = {found.pair_z:.1f}, unmarked {found.pair_z_unmarked:.1f}",
    )
    yield Finding(
        check=f"{prefix}{of}: signs are not read from other clips",
        passed=found.signs_read <= _GUESSED,
        detail=(
            f"{found.signs_read:.1%} with {found.placed} placed; unplaced "
            f"{found.signs_without_places:.1%}, true places {found.signs_with_true_places:.1%}"
        ),
    )


def _of_original(found: Original) -> Iterator[Finding]:
    for what, share in (
        ("the same epoch", found.found_same_epoch),
        ("the next epoch", found.found_next_epoch),
    ):
        yield Finding(
            check=f"10 s with a known original find no clips of {what}",
            passed=share <= _FALSE_ALARMS,
            detail=f"{share:.1%} of {found.clips}; its own signs: {found.own_signs:.1%} read",
        )


def _of_washed(rows: Sequence[Washed]) -> Iterator[Finding]:
    for issue, way in dict.fromkeys((row.issue, row.way) for row in rows):
        curve = [row for row in rows if (row.issue, row.way) == (issue, way)]
        last, gone = curve[-1], washed_out_at(curve)
        values = ", ".join(f"{row.copies}: {row.p_value:.0e}" for row in curve)
        yield Finding(
            check=f"{_prefix(issue)}{issue}, {way} of {last.copies}: still detected",
            passed=gone is None,
            detail=(
                f"p by copies {values}; at {last.copies} {last.snr_db:.1f} dB from the original, "
                f"levels {last.ripple_db:.2f} dB off"
            ),
        )


def _prefix(issue: str) -> str:
    return _PROTOTYPE if issue in ("no stretch twice", "same start", "same mark") else ""
