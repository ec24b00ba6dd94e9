"""Looks in a recording for the signs of one utterance, which is all that a proof reveals.

Signs are random to whoever made unmarked audio, so the bound of `tails` holds for every place
where they are laid; it is paid for all places, parts and stretches that were tried.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.features import (
    ANALYSIS_RATE,
    Matrix,
    Stretch,
    at_analysis_rate,
    power_spectra,
    ripple,
)
from voices.watermark.grid import CHIP_S
from voices.watermark.laid_signs import Fit, LaidSigns
from voices.watermark.payload import Signs
from voices.watermark.stretches import UNCHANGED, Trial, around, coarse, log_share
from voices.watermark.tails import log_tail, probability

WINDOW_S: Final = 20.0
STEP_S: Final = 10.0
_SEARCH_S: Final = 6.0
_MOST_SEARCHES: Final = 3
_MOST_REFINED: Final = 4
_SHORTEST_S: Final = 0.2
_LEAST_PIECE_FRAMES: Final = 300
_CERTAIN_LOG_P: Final = math.log(1e-9)
_SUSPICIOUS_LOG_P: Final = math.log(1e-3)

Progress = Callable[[float], None]
"""Told the finished share of the work, from 0 to 1."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """How well a recording fits; `p_value` bounds the chance that an unmarked one fits as well.

    `spans` are the seconds where it does, `stretch` is how the recording was changed.
    """

    p_value: float
    spans: tuple[tuple[float, float], ...]
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class _Look:
    """A window once looked at; `log_p` is corrected for everything but the number of windows."""

    log_p: float
    trial: Trial
    fit: Fit
    frames: Matrix = field(repr=False)


def find_signs(
    samples: Samples,
    sample_rate: int,
    signs: Signs,
    *,
    progress: Progress = lambda _share: None,
) -> Match:
    """Look for `signs`, shape (chips, bands), in mono samples at any rate and speed."""
    if samples.size < _SHORTEST_S * sample_rate:
        return Match(1.0, (), Stretch())
    return _Search(samples, sample_rate, signs, progress).run()


class _Search:
    def __init__(
        self, samples: Samples, sample_rate: int, signs: Signs, progress: Progress
    ) -> None:
        self._samples = at_analysis_rate(samples, sample_rate)
        self._laid = LaidSigns(signs)
        self._progress = progress
        last_s = max(0.0, self._samples.size / ANALYSIS_RATE - WINDOW_S)
        self._starts_s = [STEP_S * index for index in range(math.ceil(last_s / STEP_S) + 1)]

    def run(self) -> Match:
        looks = self._looks(UNCHANGED, 0.0, 0.3)
        if self._log_p(looks) > _CERTAIN_LOG_P:
            again = self._looks(self._likeliest_change(), 0.8, 1.0)
            looks = min(looks, again, key=self._log_p)
        self._progress(1.0)
        p_value = probability(self._log_p(looks))
        best = min(looks, key=lambda look: look.log_p)
        return Match(p_value, tuple(self._spans(looks)), best.trial.stretch)

    def _looks(self, trial: Trial, begun: float, done: float) -> list[_Look]:
        """Every window once; takes the progress from `begun` to `done`."""
        looks: list[_Look] = []
        for start_s in self._starts_s:
            looks.append(self._look(start_s, trial))
            self._progress(begun + (done - begun) * len(looks) / len(self._starts_s))
        return looks

    def _log_p(self, looks: list[_Look]) -> float:
        return min(look.log_p for look in looks) + math.log(len(looks))

    def _look(self, start_s: float, trial: Trial) -> _Look:
        """A window whole, in halves, quarters and so on: parts of it may have been cut out."""
        first = round(start_s * ANALYSIS_RATE)
        part = self._samples[first : first + round(WINDOW_S * ANALYSIS_RATE)]
        frames = ripple(power_spectra(part, trial.stretch.tempo), trial.stretch.pitch)
        pieces = list(_pieces(frames))
        tried = sum(self._laid.num_places(piece) for _start, piece in pieces)
        fits = [self._laid.best(piece).in_whole(start) for start, piece in pieces]
        best = max(fits, key=lambda fit: fit.z)
        log_p = log_tail(best.z) + math.log(tried) - log_share(trial)
        return _Look(log_p, trial, best, frames)

    def _likeliest_change(self) -> Trial:
        """Of speed, tempo or pitch, by the loudest parts: first roughly, then finely."""
        found: list[tuple[float, Trial]] = []
        parts = self._loudest()
        for number, part in enumerate(parts):
            self._progress(0.3 + 0.5 * number / len(parts))
            rough = sorted(self._try(part, coarse()), reverse=True)[:_MOST_REFINED]
            for _z, trial in rough:
                found += self._try(part, around(trial))
        return max(found)[1]

    def _try(self, part: Samples, trials: Iterable[Trial]) -> Iterator[tuple[float, Trial]]:
        for tempo, alike in groupby(trials, key=lambda trial: trial.stretch.tempo):
            spectra = power_spectra(part, tempo)
            for trial in alike:
                yield self._laid.roughly(ripple(spectra, trial.stretch.pitch)), trial

    def _loudest(self) -> list[Samples]:
        size = round(_SEARCH_S * ANALYSIS_RATE)
        starts = range(0, max(1, self._samples.size - size // 2), size)
        parts = [self._samples[start : start + size] for start in starts]
        return sorted(parts, key=lambda part: -float(np.mean(part**2)))[:_MOST_SEARCHES]

    def _spans(self, looks: list[_Look]) -> Iterator[tuple[float, float]]:
        """The seconds that fit, those of overlapping windows joined."""
        begun: tuple[float, float] | None = None
        for start_s, look in zip(self._starts_s, looks, strict=True):
            if look.log_p > _SUSPICIOUS_LOG_P:
                continue
            first, last = self._laid.extent(look.frames, look.fit)
            chip_s = CHIP_S / look.trial.stretch.tempo
            span = start_s + first * chip_s, start_s + last * chip_s
            if begun is not None and span[0] <= begun[1]:
                begun = begun[0], max(begun[1], span[1])
                continue
            if begun is not None:
                yield begun
            begun = span
        if begun is not None:
            yield begun


def _pieces(frames: Matrix) -> Iterator[tuple[int, Matrix]]:
    """Pieces that begin with a whole chip, and which one."""
    parts = 1
    while parts == 1 or len(frames) // parts >= _LEAST_PIECE_FRAMES:
        size = 2 * -(-len(frames) // (2 * parts))
        for start in range(0, len(frames), size):
            yield start // 2, frames[start : start + size]
        parts *= 2
