"""What a microphone, a codec and the mains did to the sound: bandwidth and hum."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.activity import Activity, speech_mask
from voices.enrolment.frames import HOP_S, spectra

Samples = NDArray[np.float32]
Spectrum = NDArray[np.float64]

_DOWN_TO_DB: Final = -68.0
"""Below the strongest band. Consonants reach -55 at 8 kHz; what codecs leave out is below -80."""
_STEP_HZ: Final = 100.0
_MAINS_HZ: Final = (50, 60)
_HARMONICS: Final = 6
_TOP_HZ: Final = 400
_HUM_WINDOW_S: Final = 0.4
_NEAR_HZ: Final = 3
_AROUND_HZ: Final = 16
_STANDS_OUT_DB: Final = 10.0
_NO_HUM_DB: Final = -120.0


def bandwidth_hz(samples: Samples, sample_rate: int, activity: Activity) -> float:
    """Where the energy of the voice ends."""
    strong = _strong_spectrum(samples, sample_rate, activity)
    width = max(1, round(_STEP_HZ * (strong.size - 1) * 2 / sample_rate))
    level = 10 * np.log10(np.convolve(strong, np.ones(width) / width, "same") + 1e-16)
    there = np.flatnonzero(level > np.max(level) + _DOWN_TO_DB)
    return float(there[-1] * sample_rate / 2 / (strong.size - 1)) if there.size else 0.0


def hum_db(voice: Samples, sample_rate: int) -> float:
    """Power of the mains' tones in the quiet moments, below the recording; -120 without hum."""
    size = round(_HUM_WINDOW_S * sample_rate)
    if voice.size < 4 * size:
        return _NO_HUM_DB
    windows = np.lib.stride_tricks.sliding_window_view(voice, size)[:: size // 4]
    power = np.array([float(np.dot(window, window)) for window in windows]) / size
    quiet = windows[np.argsort(power)[: max(2, power.size // 12)]]
    spectrum = _spectrum_of(quiet, sample_rate)
    tones = max(_tones(spectrum, mains) for mains in _MAINS_HZ)
    whole = float(np.mean(power)) + 1e-12
    return max(_NO_HUM_DB, float(10 * np.log10(tones / whole + 1e-12)))


def _strong_spectrum(samples: Samples, sample_rate: int, activity: Activity) -> Spectrum:
    """Mean of the strongest frames in every bin: consonants make the top, vowels the bottom."""
    best: list[Spectrum] = []
    at = 0
    for block in spectra(samples, sample_rate):
        spoken = speech_mask(activity, (at + np.arange(len(block))) * HOP_S)
        at += len(block)
        if np.count_nonzero(spoken) >= 10:
            best.append(np.quantile(block[spoken], 0.95, axis=0))
    return np.mean(best, axis=0) if best else np.full(2, 1e-16)


def _spectrum_of(windows: Samples, sample_rate: int) -> Spectrum:
    """Mean power in bins of 1 Hz; a tone's power is the sum over its peak."""
    size = windows.shape[1]
    shape = np.hanning(size)
    padded = np.fft.rfft(windows * shape, sample_rate, axis=1)[:, :_TOP_HZ]
    scale = 2.0 / (float(np.sum(shape**2)) * sample_rate)
    return np.asarray(np.mean(np.abs(padded) ** 2, axis=0) * scale)


def _tones(spectrum: Spectrum, mains_hz: int) -> float:
    """Power of the mains and its harmonics, when the mains itself or its double stands out."""
    tones = [_tone(spectrum, mains_hz * number) for number in range(1, _HARMONICS + 1)]
    return sum(tones) if tones[0] or (tones[1] and tones[3]) else 0.0


def _tone(spectrum: Spectrum, at: int) -> float:
    near = spectrum[at - _NEAR_HZ : at + _NEAR_HZ + 1]
    below = spectrum[at - _AROUND_HZ : at - 2 * _NEAR_HZ]
    above = spectrum[at + 2 * _NEAR_HZ + 1 : at + _AROUND_HZ + 1]
    level = min(float(np.mean(below)), float(np.mean(above))) + 1e-16
    stands_out = float(np.max(near)) > level * 10 ** (_STANDS_OUT_DB / 10)
    return float(np.sum(near)) if stands_out else 0.0
