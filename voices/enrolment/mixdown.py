"""One channel from several, without adding what cancels or only hisses."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_ALIKE: Final = 0.9
"""Correlation. Below it two microphones heard different things, and a mean would comb."""
_NEAR_LEVEL: Final = 0.25
"""Power, 6 dB: a channel much quieter than the loudest adds nothing but its own noise."""


class ChannelSums:
    """Energy of channels and of what they have in common, gathered block by block."""

    def __init__(self, num_channels: int) -> None:
        self.products = np.zeros((num_channels, num_channels))

    def add(self, planes: NDArray[np.float32]) -> None:
        """Take [channels, samples] into account."""
        clean = np.clip(np.nan_to_num(planes), -8.0, 8.0).astype(np.float64)
        self.products += clean @ clean.T


def weights(sums: ChannelSums) -> NDArray[np.float32]:
    """How much of each channel to take: the loudest, averaged with those that are like it."""
    energies = np.diag(sums.products)
    loudest = int(np.argmax(energies))
    lengths = np.sqrt(energies * energies[loudest]) + 1e-12
    alike = sums.products[loudest] / lengths >= _ALIKE
    taken = (alike & (energies >= _NEAR_LEVEL * energies[loudest])).astype(np.float32)
    taken[loudest] = 1.0
    return np.asarray(taken / taken.sum(), np.float32)
