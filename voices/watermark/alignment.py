"""The coded bits of audio whose place in the pattern is known."""

import numpy as np
from numpy.typing import NDArray

from voices.watermark.correlator import KeyPattern
from voices.watermark.decoder import SoftBits
from voices.watermark.features import Matrix, chip_ripple
from voices.watermark.grid import PERIOD_CHIPS
from voices.watermark.pattern import PILOT
from voices.watermark.payload import CODED_BITS


def soft_bits(
    frames: Matrix, pattern: KeyPattern, offsets: NDArray[np.intp], trust: Matrix
) -> SoftBits:
    """Add up all cells of the chips, each by how far its offset is to be trusted."""
    chips = _chips_at(frames, offsets)
    count = len(chips)
    rows = ((offsets[:count] + 1) // 2 + np.arange(count)) % PERIOD_CHIPS
    roles = pattern.roles[rows]
    fit = chips * pattern.signs[rows] * trust[:count, None]
    energy = (chips * trust[:count, None]) ** 2
    sums = np.bincount(roles.ravel(), fit.ravel(), CODED_BITS + 1).astype(np.float64)
    pilots = roles == PILOT
    energies = float(energy[~pilots].sum()), float(energy[pilots].sum())
    return SoftBits(sums[:CODED_BITS], energies[0], float(sums[PILOT]), energies[1])


def _chips_at(frames: Matrix, offsets: NDArray[np.intp]) -> Matrix:
    """Each chip at the phase of its offset; odd offsets begin a frame later."""
    even, odd = chip_ripple(frames, 0), chip_ripple(frames, 1)
    count = min(len(even), len(odd), len(offsets))
    return np.where((offsets[:count] % 2 == 1)[:, None], odd[:count], even[:count])
