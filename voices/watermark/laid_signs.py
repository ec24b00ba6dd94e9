"""Signs laid over audio at every place, and how well they fit there."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.features import Matrix, chip_ripple
from voices.watermark.payload import Signs

_LEAST_ENERGY: Final = 100.0
"""Of the cells that lie under signs, whose ripple has about unit variance; less is no sound."""
_TRANSFORM_STEP: Final = 256
"""Chips: lengths of which transforms are quick."""

Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Fit:
    """The best place of the signs: chip `t` of the audio lies under row `t + offset`."""

    z: float
    offset: int
    phase: int

    def in_whole(self, first: int) -> "Fit":
        """The fit of a piece that begins with chip `first`, as one of the whole audio."""
        return Fit(self.z, self.offset - first, self.phase)


class LaidSigns:
    """The signs, ready to be laid at every place of any audio."""

    def __init__(self, signs: Signs) -> None:
        self._signs = signs.astype(np.float32)
        self._share = float(np.mean(np.abs(self._signs)))
        self._spectra: dict[tuple[int, bool], Spectra] = {}

    def num_places(self, frames: Matrix) -> int:
        """In how many places `best` lays them, both phases together."""
        return len(frames) + 2 * len(self._signs)

    def best(self, frames: Matrix) -> Fit:
        """Where they fit best, in standard deviations of what lies under them."""
        return max((self._best(frames, phase) for phase in (0, 1)), key=lambda fit: fit.z)

    def roughly(self, frames: Matrix) -> float:
        """About the score of the best place, in half of the time: no base for a p-value."""
        every = [self._scores(chip_ripple(frames, phase), exactly=False) for phase in (0, 1)]
        return max(float(scores.max()) for scores in every)

    def extent(self, frames: Matrix, fit: Fit) -> tuple[int, int]:
        """The chips between which most of the fit lies: half of the mean is the cost of each."""
        chips = chip_ripple(frames, fit.phase)
        first, last = max(0, -fit.offset), min(len(chips), len(self._signs) - fit.offset)
        rows = self._signs[first + fit.offset : last + fit.offset]
        each = (chips[first:last] * rows).sum(axis=1)
        sums = np.concatenate(([0.0], np.cumsum(each - each.mean() / 2)))
        end = int(np.argmax(sums - np.minimum.accumulate(sums)))
        start = int(np.argmin(sums[: end + 1]))
        return first + start, first + end

    def _best(self, frames: Matrix, phase: int) -> Fit:
        scores = self._scores(chip_ripple(frames, phase), exactly=True)
        place = int(scores.argmax())
        offset = place if place < len(self._signs) else place - scores.size
        return Fit(float(scores[place]), offset, phase)

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
