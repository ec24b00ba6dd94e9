"""Short-time power of a recording, in bands as wide as the ear's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Powers = NDArray[np.float64]

HOP_S: Final = 0.01
WINDOW_S: Final = 0.032
_AT_ONCE: Final = 2_000
"""Frames transformed together: memory does not grow with the recording."""
_LOWEST_BAND_HZ: Final = 60.0
_BANDS_PER_ERB: Final = 0.75


@dataclass(frozen=True, slots=True)
class Bands:
    """Mean power per frame and band: [frames, bands]; a band's power adds up to the whole's."""

    powers: Powers
    centres_hz: Powers

    @property
    def total(self) -> Powers:
        """Power of every frame."""
        return np.asarray(self.powers.sum(axis=1))


def band_powers(samples: NDArray[np.float32], sample_rate: int) -> Bands:
    """Everything above 60 Hz, every 10 ms, seen through 32 ms."""
    size = round(WINDOW_S * sample_rate)
    edges = _edges(sample_rate, size)
    powers = [np.add.reduceat(block, edges[:-1], axis=1) for block in spectra(samples, sample_rate)]
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate)
    uppers = np.append(frequencies[edges[1:-1]], sample_rate / 2)
    centres = np.sqrt(frequencies[edges[:-1]] * uppers)
    return Bands(np.concatenate(powers), centres)


def spectra(samples: NDArray[np.float32], sample_rate: int) -> Iterator[Powers]:
    """Power spectra in blocks of frames; the sum over a frame is its mean power."""
    size, hop = round(WINDOW_S * sample_rate), round(HOP_S * sample_rate)
    padded = np.pad(samples, (size // 2, size)).astype(np.float32)
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: samples.size + 1 : hop]
    scale = 2.0 / (size * float(np.sum(window.astype(np.float64) ** 2)))
    for start in range(0, len(frames), _AT_ONCE):
        spectrum = np.fft.rfft(frames[start : start + _AT_ONCE] * window, axis=1)
        yield (spectrum.real.astype(np.float64) ** 2 + spectrum.imag**2) * scale


def _edges(sample_rate: int, size: int) -> NDArray[np.intp]:
    """First bins of the bands, strictly rising, and one past the last bin at the end."""
    top = _erb(sample_rate / 2)
    count = round((top - _erb(_LOWEST_BAND_HZ)) * _BANDS_PER_ERB)
    marks = np.linspace(_erb(_LOWEST_BAND_HZ), top, count + 1)
    hertz = (np.power(10.0, marks / 21.4) - 1.0) / 0.00437
    bins = np.unique(np.ceil(hertz * size / sample_rate).astype(np.intp))
    bins[-1] = size // 2 + 1
    return bins


def _erb(hertz: float) -> float:
    """Number of the ear's bands below a frequency, after Glasberg and Moore."""
    return float(21.4 * np.log10(1.0 + 0.00437 * hertz))
