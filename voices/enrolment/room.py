"""How long a room rings, heard in how fast the voice can fall silent."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.frames import HOP_S, Bands

_BAND_HZ: Final = (250.0, 4000.0)
_SMOOTH: Final = 5
_LATER: Final = 12
"""Frames over which a fall is seen: 120 ms."""
_ABOVE_NOISE_DB: Final = 25.0
"""Where a fall begins, so that it ends in the room and not in the noise."""
_LEAST_FALLS: Final = 100
_STEEPEST: Final = 0.97
"""Quantile: nobody stops faster than the room lets, and now and then a word stops as fast."""
_DRY_S: Final = 0.1
_WINDOW_BLIND_S: Final = 0.3
_HIDDEN: Final = 1.1
"""Late falls mix with early ones: what is seen of rooms of 0.3, 0.6 and 1 s is 0.3, 0.46, 0.61."""


def ringing_s(bands: Bands) -> float | None:
    """Seconds in which sound falls by 60 dB (RT60, about); None where noise hides it."""
    inside = (bands.centres_hz >= _BAND_HZ[0]) & (bands.centres_hz <= _BAND_HZ[1])
    found = [_falls(power) for power in bands.powers[:, inside].T]
    falls = np.concatenate(found) if found else np.zeros(0)
    if falls.size < _LEAST_FALLS:
        return None
    steepest = float(np.quantile(falls, _STEEPEST))
    seen_s = max(_DRY_S, 60.0 * _LATER * HOP_S / max(steepest, 1.0))
    return seen_s + _HIDDEN * max(seen_s - _WINDOW_BLIND_S, 0.0)


def _falls(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """In dB, from every frame well above the noise of its band."""
    smooth = np.convolve(power, np.ones(_SMOOTH) / _SMOOTH, "same")
    level = 10 * np.log10(smooth + 1e-12)
    if level.size <= _LATER:
        return np.zeros(0)
    high = level[:-_LATER] > float(np.quantile(level, 0.05)) + _ABOVE_NOISE_DB
    return np.asarray((level[:-_LATER] - level[_LATER:])[high])
