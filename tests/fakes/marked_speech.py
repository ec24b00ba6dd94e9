"""Something like speech from a seed, and the mark on it."""

import numpy as np
from numpy.typing import NDArray

from voices.watermark.embedder import Marker, Strength
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey

Samples = NDArray[np.float32]
RATE = 16_000


def syllables(seconds: float, seed: int = 1, rate: int = RATE) -> Samples:
    """A wandering buzz with moving resonances and pauses: levels change the way speech's do."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    time_s = np.arange(count) / rate
    knots = np.arange(0, seconds + 0.2, 0.12)

    def wander(low: float, high: float) -> NDArray[np.float64]:
        return np.interp(time_s, knots, random.uniform(low, high, knots.size))

    phase = 2 * np.pi * np.cumsum(wander(90, 180)) / rate
    formants = [wander(300, 800), wander(900, 2200), wander(2300, 3400), wander(4000, 6500)]
    steps = np.gradient(phase)
    voice = np.zeros(count)
    for harmonic in range(1, 45):
        pitch = harmonic * steps * rate / (2 * np.pi)
        level = sum(1 / (1 + ((pitch - formant) / 120) ** 2) for formant in formants)
        voice += np.where(pitch < 0.45 * rate, level, 0) * np.sin(harmonic * phase)
    breath = random.normal(0, 1, count) * wander(0.02, 0.4)
    envelope = np.clip(wander(-0.5, 1), 0, 1) ** 2 + 0.003
    spoken = (voice + breath) * envelope
    return np.asarray(0.3 * spoken / np.abs(spoken).max(), np.float32)


def mark_speech(
    plain: Samples,
    key: EpochKey,
    mark: UtteranceMark,
    rate: int = RATE,
    strength: Strength = Strength.NORMAL,
) -> Samples:
    """All of `plain`, marked."""
    marker = Marker(key, mark.payload, rate, mark.start_phase, strength)
    return np.concatenate([marker.process(plain), marker.finish()])
