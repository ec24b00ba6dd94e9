"""Putting marked clips of one epoch together without the key, as one would a jigsaw.

Clips start anywhere in the pattern. Where two overlap in it, their pilots agree. The attacker lays
the two clips that agree most over each other, then every other clip over what is there already,
and begins another picture with what is left. The grid, the ripple and the length of a period, in
which a clip lies as a whole, are public.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.features import Matrix
from voices.watermark.grid import NUM_BANDS, PERIOD_CHIPS

_CLARITY: Final = 0.4
"""Correlation of a cell's ripple with its sign, fresh from the marker."""
_LEAST_OVERLAP_CHIPS: Final = 90
_LEAST_Z: Final = 6.5
"""Among all lags of 20,000 pairs of clips, chance reaches about this."""
_LEAST_ENERGY: Final = 150.0
_SWEEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """What was put together: the place of each clip, anywhere in a period."""

    places: dict[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """How well two clips agree where the second begins `lag` chips after the first."""

    z: float
    first: int
    second: int
    lag: int


def put_together(clips: Sequence[Matrix]) -> list[Picture]:
    """Pictures that share no clip, each grown from the most similar pair that was left."""
    table, found = _Table(clips), list[Picture]()
    used: set[int] = set()
    for pair in best_pairs(clips):
        if pair.z < _LEAST_Z:
            break
        if used.isdisjoint((pair.first, pair.second)):
            found.append(table.grown(pair, used))
            used |= found[-1].places.keys()
    return found


def best_pairs(clips: Sequence[Matrix]) -> list[Pair]:
    """The best lag of each pair of clips, the clearest pair first."""
    count = len(clips[0])
    size = 2 * count
    spectra = np.stack([_spectra(each, size) for each in clips])
    lags = (np.arange(size) + count) % size - count
    cells = NUM_BANDS * np.maximum(count - np.abs(lags), 1)
    usable = count - np.abs(lags) >= min(_LEAST_OVERLAP_CHIPS, count // 2)
    found: list[Pair] = []
    for first in range(len(clips) - 1):
        products = np.einsum("bf,cbf->cf", spectra[first], np.conj(spectra[first + 1 :]))
        scores = np.fft.irfft(products, size) / np.sqrt(cells)
        best = np.where(usable, scores, -np.inf).argmax(axis=1)
        found += [
            Pair(float(row[place]), first, first + 1 + index, int(lags[place]))
            for index, (row, place) in enumerate(zip(scores, best, strict=True))
        ]
    return sorted(found, reverse=True)


class _Table:
    def __init__(self, clips: Sequence[Matrix]) -> None:
        self._clips = clips
        self._spectra = np.stack([np.conj(_spectra(each, PERIOD_CHIPS)) for each in clips])

    def grown(self, seed: Pair, used: Collection[int]) -> Picture:
        places = {seed.first: 0, seed.second: seed.lag % PERIOD_CHIPS}
        while True:
            rest = [i for i in range(len(self._clips)) if i not in places and i not in used]
            if not rest:
                break
            scores, best = self._fits(self._sum(places), np.array(rest))
            order = np.argsort(-scores)[: max(1, len(places) // 4)]
            added = {rest[i]: int(best[i]) for i in order if scores[i] >= _LEAST_Z}
            if not added:
                break
            places |= added
            self._settle(places)
        for _ in range(_SWEEPS):
            self._settle(places)
        return Picture(places)

    def _settle(self, places: dict[int, int]) -> None:
        """Lay each clip anew over all others."""
        sums = self._sum(places)
        for index, place in list(places.items()):
            rows = self._rows(index, place)
            sums[rows] -= self._clips[index]
            _scores, best = self._fits(sums, np.array([index]))
            places[index] = int(best[0])
            sums[self._rows(index, places[index])] += self._clips[index]

    def _fits(self, sums: Matrix, which: NDArray[np.intp]) -> tuple[Matrix, NDArray[np.intp]]:
        """The score of the best place of each clip, and the place."""
        signs = np.tanh(_CLARITY * sums)
        spectrum = _spectra(signs, PERIOD_CHIPS)
        products = np.einsum("bf,cbf->cf", spectrum, self._spectra[which])
        energy = _running_sum((signs**2).sum(axis=1), len(self._clips[0]))
        fits = np.fft.irfft(products, PERIOD_CHIPS) / np.sqrt(np.maximum(energy, 1))
        scores = np.where(energy > _LEAST_ENERGY, fits, 0).astype(np.float32)
        return scores.max(axis=1), scores.argmax(axis=1)

    def _sum(self, places: dict[int, int]) -> Matrix:
        sums = np.zeros((PERIOD_CHIPS, NUM_BANDS), np.float32)
        for index, place in places.items():
            sums[self._rows(index, place)] += self._clips[index]
        return sums

    def _rows(self, index: int, place: int) -> NDArray[np.intp]:
        return np.asarray((place + np.arange(len(self._clips[index]))) % PERIOD_CHIPS, np.intp)


def _running_sum(values: Matrix, width: int) -> Matrix:
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:width]]))])
    return np.asarray(sums[width : width + len(values)] - sums[: len(values)], np.float32)


def _spectra(cells: Matrix, size: int) -> NDArray[np.complex64]:
    return np.fft.rfft(np.ascontiguousarray(cells.T), size).astype(np.complex64)
