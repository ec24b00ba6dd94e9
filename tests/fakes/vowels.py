"""Speech-like sound made of formulas: the same everywhere, and taken for speech by detectors."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

VOWEL_RATE: Final = 22_050
_FORMANTS_HZ: Final = ((700, 1200), (300, 2300), (400, 800))
_WIDTH_HZ: Final = 120.0
_HARMONICS: Final = 40
_VOWEL_S: Final = 0.4
_ROUND: Final = 6
_SPOKEN: Final = 4


def vowels(seconds: float, *, pitch_hz: float = 120.0) -> NDArray[np.float32]:
    """Vowels in turn at `VOWEL_RATE`, rather soft, two in six of them silent."""
    t = np.arange(round(seconds * VOWEL_RATE)) / VOWEL_RATE
    number = np.floor(t / _VOWEL_S).astype(int)
    pitch = pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / VOWEL_RATE
    sound = np.zeros(t.size)
    for harmonic in range(1, _HARMONICS + 1):
        sound += _gain(harmonic * pitch, number) * np.sin(harmonic * phase)
    sound *= np.sin(np.pi * (t / _VOWEL_S % 1)) ** 0.5 * (number % _ROUND < _SPOKEN)
    return np.asarray(0.05 * sound / np.abs(sound).max(), np.float32)


def _gain(hz: NDArray[np.float64], number: NDArray[np.int_]) -> NDArray[np.float64]:
    formants = np.array(_FORMANTS_HZ)[number % len(_FORMANTS_HZ)]
    distance = (hz[:, None] - formants) / _WIDTH_HZ
    return np.asarray((1 / (1 + distance**2)).sum(axis=1))
