"""Where in the pattern of a key a stretch of audio fits best."""

from dataclasses import dataclass, field
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
_TINY: Final = 1e-12

Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class KeyPattern:
    """The whole period of a key, shape (chips, bands), and its spectra over the chips."""

    key: EpochKey
    signs: Signs = field(repr=False)
    roles: NDArray[np.uint8] = field(repr=False)
    pilots: Matrix = field(repr=False)
    spectra: Spectra = field(repr=False)

    @classmethod
    def of(cls, key: EpochKey) -> "KeyPattern":
        """Lay out the period; takes some 20 ms."""
        blocks = [block(key, index) for index in range(PERIOD_BLOCKS)]
        signs = np.concatenate([each.signs for each in blocks])
        roles = np.concatenate([each.roles for each in blocks]).astype(np.uint8)
        pilots = np.where(roles == PILOT, signs, 0).astype(np.float32)
        spectra = np.fft.rfft(pilots, axis=0).astype(np.complex64)
        return cls(key, signs, roles, pilots, spectra)


@dataclass(frozen=True, slots=True)
class Heard:
    """The spectra of a stretch of audio at both phases, made once for all keys."""

    spectra: tuple[Spectra, Spectra] = field(repr=False)
    norms: tuple[float, float]

    @classmethod
    def of(cls, frames: Matrix) -> "Heard":
        """From the ripple of at most a period of frames."""
        chips = [chip_ripple(frames, phase)[:PERIOD_CHIPS] for phase in (0, 1)]
        first, second = (
            np.conj(np.fft.rfft(each, PERIOD_CHIPS, axis=0)).astype(np.complex64) for each in chips
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
    result = np.empty(NUM_OFFSETS, np.float32)
    for phase, (spectra, norm) in enumerate(zip(heard.spectra, heard.norms, strict=True)):
        summed = (spectra * pattern.spectra).sum(axis=1)
        chips = np.fft.irfft(summed, PERIOD_CHIPS) / norm
        result[phase::2] = chips if phase == 0 else np.roll(chips, -1)
    return result


def best_fit(heard: Heard, pattern: KeyPattern) -> Fit:
    """The best offset of all."""
    every = scores(heard, pattern)
    best = int(every.argmax())
    return Fit(float(every[best]), best)
