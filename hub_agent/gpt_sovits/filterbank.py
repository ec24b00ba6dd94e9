"""Log mel energies as Kaldi makes them: 16 kHz, 25 ms every 10 ms, 80 bands."""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000
NUM_BANDS: Final = 80
_WINDOW: Final = 400
_HOP: Final = 160
_FFT: Final = 512
_BOTTOM_HZ: Final = 20.0
_TOP_HZ: Final = SAMPLE_RATE / 2
_PRE_EMPHASIS: Final = 0.97
_POVEY_POWER: Final = 0.85
_FLOOR: Final = float(np.finfo(np.float32).eps)

MIN_SAMPLES: Final = _WINDOW


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """`[1 + (num_samples - 400) // 160, 80]`; only whole windows count, nothing is padded."""
    frames = sliding_window_view(samples, _WINDOW)[::_HOP].astype(np.float64)
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    emphasised = (frames - _PRE_EMPHASIS * before) * _povey()
    power = np.abs(np.fft.rfft(emphasised, _FFT, axis=1)) ** 2
    return np.log(np.maximum(power @ _triangles(), _FLOOR)).astype(np.float32)


@cache
def _povey() -> NDArray[np.float64]:
    return np.hanning(_WINDOW) ** _POVEY_POWER


@cache
def _triangles() -> NDArray[np.float64]:
    """`[257, 80]`, straight lines on the mel scale, without the topmost bin."""
    edges = np.linspace(_mel(np.array(_BOTTOM_HZ)), _mel(np.array(_TOP_HZ)), NUM_BANDS + 2)
    bins = _mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    triangles[-1] = 0
    return triangles


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127.0 * np.log1p(hz / 700.0)
