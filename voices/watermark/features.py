"""From samples to the small ups and downs of level in which a mark is looked for."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from voices.watermark.grid import HOP_S, NUM_BANDS, band_shares, bands_of

ANALYSIS_RATE: Final = 16_000
_WINDOW: Final = 512
"""32 ms, like the marker's."""
_FLOOR: Final = 1e-6
"""Of the loud cells: what lies below is no speech, and its level says nothing."""
_NOISE: Final = 0.1
_LOUD: Final = 0.99
"""Quantiles: in a tenth of the time there is no speech, the loudest cells are clicks."""
_CLIP_DB: Final = 8.0
_NEIGHBOUR_FRAMES: Final = 9
_NEIGHBOUR_BANDS: Final = 7
_LOCAL_FRAMES: Final = 9
_LEAST_VARIANCE: Final = 0.1
_LEAST_EIGENVALUE: Final = 0.1
"""Added to those of the bands' correlations, which are estimated from a few seconds."""
_TINY: Final = 1e-20

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """What may have been done to the audio: played so much faster, so much higher; 1 is nothing."""

    tempo: float = 1.0
    pitch: float = 1.0

    @classmethod
    def speed(cls, factor: float) -> Self:
        """Played faster and thereby higher, like a tape."""
        return cls(factor, factor)


def at_analysis_rate(samples: NDArray[np.float32], sample_rate: int) -> Matrix:
    """The samples at `ANALYSIS_RATE`; what is no number is silence."""
    clean = np.nan_to_num(np.ravel(samples), nan=0.0, posinf=0.0, neginf=0.0)
    clean = np.clip(clean, -1e3, 1e3).astype(np.float32)
    if sample_rate == ANALYSIS_RATE or clean.size == 0:
        return clean
    seconds = -(-clean.size // sample_rate)
    spectrum = np.fft.rfft(clean, seconds * sample_rate)
    resampled = np.fft.irfft(_fit(spectrum, seconds * ANALYSIS_RATE // 2 + 1))
    size = round(clean.size * ANALYSIS_RATE / sample_rate)
    return np.asarray(resampled[:size] * (ANALYSIS_RATE / sample_rate), np.float32)


def power_spectra(samples: Matrix, tempo: float) -> Matrix:
    """Spectra of frames centred at every 8 ms of the time before `tempo`, shape (frames, bins)."""
    hop = HOP_S * ANALYSIS_RATE / tempo
    count = int(samples.size / hop) + 1
    starts = np.round(np.arange(count) * hop).astype(np.intp)
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW))
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[starts] * window
    spectra = np.fft.rfft(frames)
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)


def ripple(spectra: Matrix, pitch: float) -> Matrix:
    """What is left of the levels when speech is taken out; variance about 1, (frames, bands)."""
    energies = spectra @ _band_matrix(pitch)
    floor = _quantile(energies, _NOISE)
    loud = _quantile(energies.ravel(), _LOUD)
    levels = 10 * np.log10(energies + floor + (_FLOOR * loud + _TINY))
    levels -= _mean_over_frames(levels, _NEIGHBOUR_FRAMES)
    levels -= levels @ _NEIGHBOURS
    levels = np.clip(levels, -_CLIP_DB, _CLIP_DB)
    levels = _decorrelated(levels / (levels.std(axis=0) + 1e-6))
    spread = _mean_over_frames(levels**2, _LOCAL_FRAMES) @ _NEIGHBOURS
    levels *= _BAND_WEIGHTS / np.sqrt(np.maximum(spread, 0) + _LEAST_VARIANCE)
    return np.asarray(levels, np.float32)


def chip_ripple(frames: Matrix, phase: int) -> Matrix:
    """Frames summed in pairs from frame `phase` (0 or 1) on: the ripple of whole chips."""
    count = (len(frames) - phase) // 2
    pairs = frames[phase : phase + 2 * count].reshape(count, 2, -1)
    return np.asarray(pairs.sum(axis=1), np.float32)


def _fit(spectrum: NDArray[np.complex128], size: int) -> NDArray[np.complex128]:
    fitted = np.zeros(size, spectrum.dtype)
    kept = min(size, spectrum.size)
    fitted[:kept] = spectrum[:kept]
    return fitted


def _quantile(values: Matrix, share: float) -> Matrix:
    """Along the first axis, of values that occur: quicker than NumPy's."""
    place = int(share * (len(values) - 1))
    return np.asarray(np.partition(values, place, axis=0)[place])


@lru_cache(maxsize=256)
def _band_matrix(pitch: float) -> Matrix:
    bins_hz = np.arange(_WINDOW // 2 + 1, dtype=np.float64) * (ANALYSIS_RATE / _WINDOW)
    chosen = bands_of(bins_hz / pitch)[:, None] == np.arange(NUM_BANDS)
    return np.asarray(chosen, np.float32)


def _decorrelated(levels: Matrix) -> Matrix:
    """Bands rise and fall together as a harmonic moves from one to the next; the mark's do not."""
    values, vectors = np.linalg.eigh(levels.T @ levels / len(levels))
    whitening = (vectors / np.sqrt(np.maximum(values, 0) + _LEAST_EIGENVALUE)) @ vectors.T
    return np.asarray(levels @ whitening, np.float32)


def _mean_over_frames(values: Matrix, width: int) -> Matrix:
    """The mean of `width` neighbours in time; fewer at the ends."""
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, dtype=np.float64, out=sums[1:])
    here = np.arange(len(values))
    first = np.maximum(here - width // 2, 0)
    last = np.minimum(here + width // 2 + 1, len(values))
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, None], np.float32)


def _neighbours(width: int) -> Matrix:
    """Shape (bands, bands): a row of levels times this is their mean over `width` bands."""
    bands = np.arange(NUM_BANDS)
    near = (np.abs(bands[:, None] - bands) <= width // 2).astype(np.float32)
    return np.asarray(near / near.sum(axis=0), np.float32)


_BAND_WEIGHTS: Final = np.sqrt(band_shares()).astype(np.float32)
"""What is marked more strongly says more; the root, as some channels pass the low bands alone."""
_NEIGHBOURS: Final = _neighbours(_NEIGHBOUR_BANDS)
