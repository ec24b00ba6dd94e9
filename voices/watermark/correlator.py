"""Where in the pattern of a key a stretch of audio fits best."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.features import Matrix, chip_ripple
from voices.watermark.grid import PERIOD_BLOCKS, PERIOD_CHIPS
from voices.watermark.keys import EpochKey
from voices.watermark.pattern import PILOT, block
from voices.watermark.payload import Signs

NUM_OFFSETS: Final = 2 * PERIOD_CHIPS
"""In steps of half a chip: one frame."""
_STEP: Final = 512
"""Chips; the period is nine of them."""
_TRANSFORM: Final = 2 * _STEP
"""Short transforms, as audio is short: overlap-save needs a quarter of the time of whole ones."""
_TINY: Final = 1e-12
MOST_KEYS: Final = 64
"""Laid out at once: each takes 1.5 MB."""

Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class KeyPattern:
    """The whole period of a key, shape (chips, bands), and its spectra.

    `spectra` are those of overlapping parts of the period, shape (parts, bands, bins).
    """

    key: EpochKey
    signs: Signs = field(repr=False)
    roles: NDArray[np.uint8] = field(repr=False)
    pilots: Matrix = field(repr=False)
    spectra: Spectra = field(repr=False)

    @classmethod
    @lru_cache(maxsize=MOST_KEYS)
    def of(cls, key: EpochKey) -> "KeyPattern":
        """Lay out the period, which takes some 20 ms; remembered for the next piece or file."""
        blocks = [block(key, index) for index in range(PERIOD_BLOCKS)]
        signs = np.concatenate([each.signs for each in blocks])
        roles = np.concatenate([each.roles for each in blocks]).astype(np.uint8)
        pilots = np.where(roles == PILOT, signs, 0).astype(np.float32)
        around = np.concatenate([pilots, pilots[:_STEP]])
        parts = [around[start : start + _TRANSFORM] for start in range(0, PERIOD_CHIPS, _STEP)]
        return cls(key, signs, roles, pilots, np.stack([_spectra(part) for part in parts]))


@dataclass(frozen=True, slots=True)
class Heard:
    """The spectra of a stretch of audio at both phases, made once for all keys."""

    spectra: tuple[list[Spectra], list[Spectra]] = field(repr=False)
    """Of every `_STEP` chips, conjugated, shape (bands, bins)."""
    norms: tuple[float, float]

    @classmethod
    def of(cls, frames: Matrix) -> "Heard":
        """From the ripple of at most a period of frames."""
        chips = [chip_ripple(frames, phase)[:PERIOD_CHIPS] for phase in (0, 1)]
        first, second = (
            [np.conj(_spectra(each[start : start + _STEP])) for start in _starts(len(each))]
            for each in chips
        )
        norms = [float(np.sqrt((each**2).sum() / 2)) + _TINY for each in chips]
        return cls((first, second), (norms[0], norms[1]))


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """A score, in standard deviations, and the offset: pattern frame minus audio frame."""

    z: float
    offset: int


def scores(heard: Heard, pattern: KeyPattern) -> Matrix:
    """The score of each of the `NUM_OFFSETS` offsets."""
    result = np.zeros(NUM_OFFSETS, np.float32)
    for phase, (parts, norm) in enumerate(zip(heard.spectra, heard.norms, strict=True)):
        for index, spectra in enumerate(parts):
            summed = (spectra * pattern.spectra).sum(axis=1)
            fits = np.fft.irfft(summed, _TRANSFORM)[:, :_STEP].ravel() / norm
            result[phase::2] += np.roll(fits, -index * _STEP - phase)
    return result


def best_fit(heard: Heard, pattern: KeyPattern) -> Fit:
    """The best offset of all."""
    every = scores(heard, pattern)
    best = int(every.argmax())
    return Fit(float(every[best]), best)


def _starts(count: int) -> range:
    return range(0, max(1, count), _STEP)


def _spectra(chips: Matrix) -> Spectra:
    """Of at most `_TRANSFORM` chips, over time: shape (bands, bins)."""
    return np.fft.rfft(np.ascontiguousarray(chips.T), _TRANSFORM).astype(np.complex64)
