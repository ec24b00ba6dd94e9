"""Mel spectra as the network was trained on: 25 ms windows, 10 ms hop, 40 bands, no logarithm."""

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SAMPLE_RATE: Final = 16_000
HOP: Final = 160
_WINDOW: Final = 400
_BANDS: Final = 40
_TOP_HZ: Final = SAMPLE_RATE / 2
_FRAMES_AT_ONCE: Final = 4096
"""Bounds the memory of long recordings to some 20 MB."""

# The auditory scale of Slaney's toolbox: linear below 1 kHz, logarithmic above.
_HZ_PER_MEL: Final = 200 / 3
_BEND_HZ: Final = 1000.0
_BEND_MEL: Final = _BEND_HZ / _HZ_PER_MEL
_LOG_STEP: Final = math.log(6.4) / 27


def mel_spectrum(samples: Samples) -> NDArray[np.float32]:
    """`[1 + num_samples // 160, 40]` band energies of 16 kHz audio, frames centred, zero-padded."""
    padded = np.pad(samples, _WINDOW // 2)
    frames = sliding_window_view(padded, _WINDOW)[::HOP]
    parts = [
        _bands(frames[start : start + _FRAMES_AT_ONCE])
        for start in range(0, len(frames), _FRAMES_AT_ONCE)
    ]
    return np.concatenate(parts)


def _bands(frames: Samples) -> NDArray[np.float32]:
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
    energies: NDArray[np.float32] = power.astype(np.float32) @ _filters()
    return energies


@cache
def _hann() -> Samples:
    """Periodic, not symmetric."""
    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters() -> NDArray[np.float32]:
    """`[201, 40]` triangles of equal area, evenly spaced on the auditory scale."""
    edges = _hz(np.linspace(0, _mel(_TOP_HZ), _BANDS + 2))
    bins = np.linspace(0, _TOP_HZ, _WINDOW // 2 + 1)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (right - left)).astype(np.float32)


def _mel(hz: float) -> float:
    if hz < _BEND_HZ:
        return hz / _HZ_PER_MEL
    return _BEND_MEL + math.log(hz / _BEND_HZ) / _LOG_STEP


def _hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BEND_HZ * np.exp(_LOG_STEP * (mels - _BEND_MEL))
    return np.where(mels < _BEND_MEL, mels * _HZ_PER_MEL, above)
