"""Many marked copies of one announcement, put together to be rid of the mark or to read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hub_agent.engines.espeak import ESpeak, Pcm16
from tests.bench.likeness_material import SENTENCES
from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import (
    CHIPS_IN_10_S,
    EPOCH,
    KEY,
    band_levels,
    change_of,
    fresh_mark,
    marked_with,
    pilots_from,
    sign_accuracy,
)
from tests.bench.watermark_jigsaw import laid_over, put_together
from tests.bench.watermark_material import CLIP_S
from tests.bench.watermark_mixing import WAYS, mean_waveform
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import LEVEL, detect
from voices.watermark.features import Matrix, at_analysis_rate
from voices.watermark.issue import UtteranceMark

COPIES: Final = (2, 5, 10, 20, 50)
MOST: Final = COPIES[-1]
_SLOWEST_WPM, _FASTEST_WPM = 150, 170

Issue = Callable[[np.random.Generator, int], UtteranceMark]


def afresh(random: np.random.Generator, _copy: int) -> UtteranceMark:
    """As the product issues marks: another start, another number."""
    return fresh_mark(random)


def same_start(random: np.random.Generator, _copy: int) -> UtteranceMark:
    """A prototype: the start follows from text and voice, the number is another."""
    return UtteranceMark(fresh_mark(random).payload, EPOCH, 1_234)


def same_mark(_random: np.random.Generator, _copy: int) -> UtteranceMark:
    """A prototype: a repeated announcement bears the mark of its first time."""
    return fresh_mark(np.random.default_rng(30))


ISSUES: Final[dict[str, Issue]] = {
    "issued afresh": afresh,
    "same start": same_start,
    "same mark": same_mark,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Washed:
    """What is left in `copies` put together; the worst for us of all texts."""

    issue: str
    way: str
    copies: int
    p_value: float
    detected_s: float
    ripple_db: float
    """Root mean square of what levels still differ from the original's."""
    snr_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """Pilot signs read by comparing each copy with the mean of all."""

    issue: str
    own_seconds: float
    """The share read of the seconds each copy holds; 0.5 is guessing."""
    whole_period: float
    """The share read of the whole epoch's pattern, put together from all copies."""


def originals() -> list[Samples]:
    """Two announcements of 10 s in a stock voice, the same whenever they are said."""
    return [_said(" ".join(SENTENCES[language]), language, 160) for language in ("en", "de")]


def washed(plains: Sequence[Samples], issue: str, way: str) -> list[Washed]:
    """One line for each number of copies."""
    copies = [_copies(plain, ISSUES[issue]) for plain in plains]
    return [_washed(plains, copies, count, issue, way) for count in COPIES]


def revealed(plain: Samples, issue: str) -> Revealed:
    """From all copies of one announcement."""
    random = np.random.default_rng(31)
    marks = [ISSUES[issue](random, copy) for copy in range(MOST)]
    copies = [marked_with(plain, KEY, mark) for mark in marks]
    mean = mean_waveform(copies)
    changes = [change_of(mean, copy)[:CHIPS_IN_10_S] for copy in copies]
    pattern = KeyPattern.of(KEY)
    own = [
        sign_accuracy(change, pilots_from(pattern, mark.start_phase, len(change)))
        for change, mark in zip(changes, marks, strict=True)
    ]
    picture = put_together([_unit(change) for change in changes])
    whole = sign_accuracy(laid_over(picture.sums, pattern.pilots), pattern.pilots)
    return Revealed(issue=issue, own_seconds=float(np.mean(own)), whole_period=whole)


def renditions_washed() -> list[Washed]:
    """Copies said at slightly different speeds, each stretched to the length of the first."""
    random = np.random.default_rng(32)
    text = " ".join(SENTENCES["en"])
    speeds = np.linspace(_SLOWEST_WPM, _FASTEST_WPM, MOST).round().astype(int)
    random.shuffle(speeds)
    plains = [_said(text, "en", int(speed), whole=True) for speed in speeds]
    copies = [marked_with(plain, KEY, fresh_mark(random)) for plain in plains]
    size = plains[0].size
    fitted = [_stretched(copy, size)[: CLIP_S * RATE] for copy in copies]
    plain = plains[0][: CLIP_S * RATE]
    return [
        _judged([plain], [combine(fitted[:count])], count, "other renditions", way)
        for way, combine in WAYS.items()
        for count in COPIES
    ]


def washed_out_at(rows: Sequence[Washed]) -> int | None:
    """The fewest copies in which the mark is no longer detected."""
    return min((row.copies for row in rows if row.p_value > LEVEL), default=None)


def _washed(
    plains: Sequence[Samples],
    copies: Sequence[Sequence[Samples]],
    count: int,
    issue: str,
    way: str,
) -> Washed:
    return _judged(plains, [WAYS[way](each[:count]) for each in copies], count, issue, way)


def _judged(
    plains: Sequence[Samples], mixed: Sequence[Samples], count: int, issue: str, way: str
) -> Washed:
    found = [detect(each, RATE, [KEY], other_speeds=False) for each in mixed]
    ripples = [_ripple_db(*pair) for pair in zip(plains, mixed, strict=True)]
    ratios = [
        np.mean(plain**2) / (np.mean((each - plain) ** 2) + 1e-20)
        for plain, each in zip(plains, mixed, strict=True)
    ]
    return Washed(
        issue=issue,
        way=way,
        copies=count,
        p_value=max(each.p_value for each in found),
        detected_s=min(sum(span.end_s - span.start_s for span in each.spans) for each in found),
        ripple_db=float(np.mean(ripples)),
        snr_db=float(10 * np.log10(np.mean(ratios))),
    )


def _copies(plain: Samples, issue: Issue) -> list[Samples]:
    random = np.random.default_rng(33)
    return [marked_with(plain, KEY, issue(random, copy)) for copy in range(MOST)]


def _ripple_db(plain: Samples, mixed: Samples) -> float:
    return float(np.sqrt(np.mean((band_levels(mixed) - band_levels(plain)) ** 2)))


def _unit(change: Matrix) -> Matrix:
    return np.asarray(change / (change.std(axis=0) + 1e-6), np.float32)


def _said(text: str, voice: str, words_per_minute: int, *, whole: bool = False) -> Samples:
    espeak = ESpeak()
    chunks: list[Samples] = []

    def keep(pcm: Pcm16, _events: object) -> bool:
        chunks.append(np.asarray(pcm / 32_768, np.float32))
        return True

    espeak.synthesise(text, keep, voice=voice, words_per_minute=words_per_minute)
    samples = at_analysis_rate(np.concatenate(chunks), espeak.sample_rate)
    return samples if whole else samples[: CLIP_S * RATE]


def _stretched(samples: Samples, size: int) -> Samples:
    places = np.linspace(0, samples.size - 1, size)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)
