"""Ways to make one recording of many copies of the same."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.bench.watermark_attacks import Samples

_WINDOW: Final = 512
_HOP: Final = 128

Combine = Callable[[Sequence[Samples]], Samples]


def mean_waveform(copies: Sequence[Samples]) -> Samples:
    """Sample by sample."""
    return np.asarray(np.mean(copies, axis=0, dtype=np.float64), np.float32)


def median_waveform(copies: Sequence[Samples]) -> Samples:
    """Sample by sample."""
    return np.asarray(np.median(copies, axis=0), np.float32)


def mean_levels(copies: Sequence[Samples]) -> Samples:
    """The mean of the logarithms of all spectra, with the phases of the first."""
    first = _spectra(copies[0])
    logs = np.mean([np.log(np.abs(_spectra(each)) + 1e-9) for each in copies], axis=0)
    frames = np.fft.irfft(np.exp(logs + 1j * np.angle(first)), _WINDOW)
    out = np.zeros((len(frames) - 1) * _HOP + _WINDOW)
    window = _window()
    for index, frame in enumerate(frames):
        out[index * _HOP : index * _HOP + _WINDOW] += frame * window / 2
    return np.asarray(out[_WINDOW : _WINDOW + copies[0].size], np.float32)


WAYS: Final[dict[str, Combine]] = {
    "mean waveform": mean_waveform,
    "mean log-spectrum": mean_levels,
    "median waveform": median_waveform,
}


def _window() -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.hanning(_WINDOW + 1)[:-1]))


def _spectra(samples: Samples) -> NDArray[np.complex128]:
    padded = np.pad(samples.astype(np.float64), _WINDOW)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    return np.asarray(np.fft.rfft(frames * _window()), np.complex128)
