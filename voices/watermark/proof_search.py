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
    chip_ripple,
    power_spectra,
    ripple,
)
from voices.watermark.grid import CHIP_S
from voices.watermark.payload import Signs
from voices.watermark.stretches import UNCHANGED, Trial, around, coarse, log_share
from voices.watermark.tails import log_tail, probability

WINDOW_S: Final = 20.0
STEP_S: Final = 10.0
_SEARCH_S: Final = 6.0
_MOST_SEARCHES: Final = 3
_MOST_REFINED: Final = 4
_LEAST_PIECE_FRAMES: Final = 300
_LEAST_ENERGY: Final = 100.0
"""Of the cells that lie under signs, whose ripple has about unit variance; less is no sound."""
_TRANSFORM_STEP: Final = 256
_CERTAIN_LOG_P: Final = math.log(1e-9)
_SUSPICIOUS_LOG_P: Final = math.log(1e-3)

Progress = Callable[[float], None]
"""Told the finished share of the work, from 0 to 1."""

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Match:
    """How well a recording fits; `p_value` bounds the chance that an unmarked one fits as well.

    `spans` are the seconds where it does, `stretch` is how the recording was changed.
    """

    p_value: float
    spans: tuple[tuple[float, float], ...]
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class _Fit:
    """The best place of the signs: chip `t` of the audio lies under row `t + offset`."""

    z: float
    offset: int
    phase: int


@dataclass(frozen=True, slots=True)
class _Look:
    """A window once looked at; `log_p` is corrected for everything but the number of windows."""

    log_p: float
    trial: Trial
    fit: _Fit
    frames: Matrix = field(repr=False)


def find_signs(
    samples: Samples,
    sample_rate: int,
    signs: Signs,
    *,
    progress: Progress = lambda _share: None,
) -> Match:
    """Look for `signs`, shape (chips, bands), in mono samples at any rate and speed."""
    return _Search(samples, sample_rate, signs, progress).run()


class _Search:
    def __init__(
        self, samples: Samples, sample_rate: int, signs: Signs, progress: Progress
    ) -> None:
        self._samples = at_analysis_rate(samples, sample_rate)
        self._laid = _Laid(signs)
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
        fits = [_moved(self._laid.best(piece), start) for start, piece in pieces]
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


class _Laid:
    """The signs, ready to be laid at every place of any audio."""

    def __init__(self, signs: Signs) -> None:
        self._signs = signs.astype(np.float32)
        self._share = float(np.mean(np.abs(self._signs)))
        self._spectra: dict[tuple[int, bool], Spectra] = {}

    def num_places(self, frames: Matrix) -> int:
        """In how many places `best` lays them, both phases together."""
        return len(frames) + 2 * len(self._signs)

    def best(self, frames: Matrix) -> _Fit:
        """Where they fit best, in standard deviations of what lies under them."""
        return max((self._best(frames, phase) for phase in (0, 1)), key=lambda fit: fit.z)

    def roughly(self, frames: Matrix) -> float:
        """About the score of the best place, in half of the time: no base for a p-value."""
        every = [self._scores(chip_ripple(frames, phase), exactly=False) for phase in (0, 1)]
        return max(float(scores.max()) for scores in every)

    def extent(self, frames: Matrix, fit: _Fit) -> tuple[int, int]:
        """The chips between which most of the fit lies: half of the mean is the cost of each."""
        chips = chip_ripple(frames, fit.phase)
        first, last = max(0, -fit.offset), min(len(chips), len(self._signs) - fit.offset)
        rows = self._signs[first + fit.offset : last + fit.offset]
        each = (chips[first:last] * rows).sum(axis=1)
        sums = np.concatenate(([0.0], np.cumsum(each - each.mean() / 2)))
        end = int(np.argmax(sums - np.minimum.accumulate(sums)))
        start = int(np.argmin(sums[: end + 1]))
        return first + start, first + end

    def _best(self, frames: Matrix, phase: int) -> _Fit:
        scores = self._scores(chip_ripple(frames, phase), exactly=True)
        place = int(scores.argmax())
        offset = place if place < len(self._signs) else place - scores.size
        return _Fit(float(scores[place]), offset, phase)

    def _scores(self, chips: Matrix, *, exactly: bool) -> Matrix:
        """Of all places; negative ones, where audio begins before the signs, are at the end."""
        size = -(-(len(chips) + len(self._signs)) // _TRANSFORM_STEP) * _TRANSFORM_STEP
        fits = _correlated(chips, self._spectra_of(size, cells=False), size)
        if exactly:
            energies = _correlated(chips**2, self._spectra_of(size, cells=True), size)
        else:
            reach = _spectra(np.ones((len(self._signs), 1), np.float32), size)
            energies = self._share * _correlated((chips**2).sum(1)[:, None], reach, size)
        heard = energies > _LEAST_ENERGY
        return np.where(heard, fits / np.sqrt(np.where(heard, energies, 1)), 0).astype(np.float32)

    def _spectra_of(self, size: int, *, cells: bool) -> Spectra:
        """Of the signs, or of where they are; shape (bands, bins)."""
        if (size, cells) not in self._spectra:
            laid = np.abs(self._signs) if cells else self._signs
            self._spectra[size, cells] = _spectra(laid, size)
        return self._spectra[size, cells]


def _spectra(chips: Matrix, size: int) -> Spectra:
    return np.asarray(np.fft.rfft(np.ascontiguousarray(chips.T), size), np.complex64)


def _correlated(chips: Matrix, spectra: Spectra, size: int) -> Matrix:
    """The sum over chips and bands, at every place."""
    summed = (np.conj(_spectra(chips, size)) * spectra).sum(axis=0)
    return np.asarray(np.fft.irfft(summed, size), np.float32)


def _pieces(frames: Matrix) -> Iterator[tuple[int, Matrix]]:
    """Pieces that begin with a whole chip, and which one."""
    parts = 1
    while parts == 1 or len(frames) // parts >= _LEAST_PIECE_FRAMES:
        size = 2 * -(-len(frames) // (2 * parts))
        for start in range(0, len(frames), size):
            yield start // 2, frames[start : start + size]
        parts *= 2


def _moved(fit: _Fit, chips: int) -> _Fit:
    """The fit of a piece as one of the whole."""
    return _Fit(fit.z, fit.offset - chips, fit.phase)
