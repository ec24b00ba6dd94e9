"""Short-time analysis: frames of 10 ms, their mel spectra and what is compared of them."""

from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

RATE: Final = 22_050
"""Of all analysis, in Hz: what eSpeak NG speaks at."""

HOP: Final = 220
"""Samples from frame to frame: 10 ms."""

WINDOW: Final = 552
"""Samples of a frame: 25 ms, as speech recognisers use."""

FFT_SIZE: Final = 1024
NUM_BANDS: Final = 40
NUM_CEPSTRA: Final = 20
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7_600.0
_FLOOR: Final = 1e-9
"""Of power: far below the noise of any microphone."""


def frames_of(samples: Floats, size: int = WINDOW, hop: int = HOP) -> Floats:
    """Overlapping pieces of `samples`; frame i is centred at sample i·hop (edges padded)."""
    padded = np.pad(samples, (size // 2, size - size // 2))
    count = samples.size // hop + 1
    return np.asarray(sliding_window_view(padded, size)[::hop][:count])


def power_spectra(frames: Floats) -> Floats:
    """Power of every frame in FFT_SIZE // 2 + 1 bins; 1.0 is that of a full-scale sine."""
    window = hann(WINDOW)
    spectrum = np.fft.rfft(frames * window, FFT_SIZE)
    scale = (2.0 / window.sum()) ** 2
    return np.asarray((spectrum.real**2 + spectrum.imag**2) * scale, np.float32)


def log_mel(samples: Floats) -> Floats:
    """Natural logarithm of the power in NUM_BANDS mel bands, frame by frame."""
    return log_mel_of(frames_of(samples))


def log_mel_of(frames: Floats) -> Floats:
    """The same of frames that are cut already."""
    power = power_spectra(frames) @ mel_weights()
    return np.asarray(np.log(power + np.float32(_FLOOR)), np.float32)


def cepstra(log_spectra: Floats) -> Floats:
    """Orthonormal DCT-II of log mel bands, NUM_CEPSTRA coefficients, level first."""
    return np.asarray(log_spectra @ dct_matrix(log_spectra.shape[1], NUM_CEPSTRA), np.float32)


@lru_cache(maxsize=1024)
def hann(size: int) -> Floats:
    """Periodic Hann window."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size), np.float32)


@lru_cache(maxsize=4)
def dct_matrix(size: int, count: int) -> Floats:
    """Columns are the first `count` orthonormal DCT-II basis vectors."""
    angles = np.pi / size * np.outer(np.arange(size) + 0.5, np.arange(count))
    basis = np.cos(angles) * np.sqrt(2 / size)
    basis[:, 0] /= np.sqrt(2)
    return np.asarray(basis, np.float32)


@lru_cache(maxsize=1)
def mel_weights() -> Floats:
    """Triangular mel bands (O'Shaughnessy's mel: 2595·log10(1 + f/700)), bins × bands."""
    edges_mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), NUM_BANDS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    bins = np.fft.rfftfreq(FFT_SIZE, 1 / RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), np.float32)


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))
