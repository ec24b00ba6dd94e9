"""Filters without delay, for recordings of any length in bounded memory."""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Response: TypeAlias = Callable[[NDArray[np.floating]], NDArray[np.floating]]
"""Gain by frequency in Hz."""

_BLOCK: Final = 1 << 17
_EDGE: Final = 1 << 14
"""Samples of the neighbours seen on both sides; longer than any filter here rings."""

RUMBLE_HZ: Final = 60.0
"""No voice is lower: the deepest men begin at 65 Hz."""


def filtered(samples: Samples, sample_rate: int, response: Response) -> Samples:
    """The samples with every frequency multiplied by its gain, phases left alone."""
    size = _BLOCK + 2 * _EDGE
    gains = response(np.fft.rfftfreq(size, 1 / sample_rate)).astype(np.float32)
    padded = np.pad(samples.astype(np.float32), (_EDGE, _EDGE + _BLOCK))
    result = np.empty_like(samples, np.float32)
    for start in range(0, samples.size, _BLOCK):
        block = np.fft.irfft(np.fft.rfft(padded[start : start + size]) * gains, size)
        end = min(start + _BLOCK, samples.size)
        result[start:end] = block[_EDGE : _EDGE + end - start]
    return result


def without_rumble(frequencies: NDArray[np.floating]) -> NDArray[np.floating]:
    """High-pass of the fourth order at 60 Hz; takes a constant offset away entirely."""
    ratio = (frequencies / RUMBLE_HZ) ** 4
    return np.asarray(ratio / np.sqrt(1.0 + ratio**2))
