"""The spectrum a voice's style is read from: magnitudes at 32 kHz, 2048 samples every 640."""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SAMPLE_RATE: Final = 32_000
HOP: Final = 640
_WINDOW: Final = 2048
_PAD: Final = (_WINDOW - HOP) // 2
_FLOOR: Final = 1e-8
"""Added to the power, as in training."""
_MOST_DIVISION: Final = 2.0

MIN_SAMPLES: Final = _PAD + 1
"""What can be mirrored at its ends."""


def spectrogram(samples: Samples) -> NDArray[np.float32]:
    """`[1, 1025, num_samples // 640]` of 32 kHz audio of at least `MIN_SAMPLES`, within scale."""
    mirrored = np.pad(samples, _PAD, mode="reflect")
    frames = sliding_window_view(mirrored, _WINDOW)[::HOP]
    bins = np.fft.rfft(frames * _hann(), axis=1)
    magnitudes = np.sqrt(bins.real**2 + bins.imag**2 + _FLOOR)
    return np.ascontiguousarray(magnitudes.T[None], np.float32)


def within_scale(samples: Samples) -> Samples:
    """Divided by their peak if that is above 1, but by 2 at most, as in training."""
    peak = float(np.abs(samples).max())
    return samples / np.float32(min(_MOST_DIVISION, peak)) if peak > 1 else samples


@cache
def _hann() -> NDArray[np.float64]:
    """Periodic, not symmetric."""
    return np.hanning(_WINDOW + 1)[:-1]
