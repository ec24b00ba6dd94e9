"""Noise that belongs to its frame, however frames are grouped."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Noise = Callable[[int, int], NDArray[np.float32]]
"""From the first frame and the one after the last to `[1, channels, frames]`, scaled."""

_BLOCK: Final = 32
"""Frames that are drawn together."""


def seeded_noise(seed: int, *, channels: int, scale: float) -> Noise:
    """Gaussian noise; the same seed always gives the same."""

    def frames(start: int, end: int) -> NDArray[np.float32]:
        first = start // _BLOCK
        blocks = [_block(seed, number, channels) for number in range(first, -(-end // _BLOCK))]
        drawn = np.concatenate(blocks)[start - first * _BLOCK : end - first * _BLOCK]
        return np.ascontiguousarray(drawn.T[None] * np.float32(scale))

    return frames


def _block(seed: int, number: int, channels: int) -> NDArray[np.float32]:
    random = np.random.default_rng([seed, number])
    return random.standard_normal((_BLOCK, channels), np.float32)
