"""What is compared of sounds: cepstra, each speaker's own average taken out."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.timbre.frames import Floats, cepstra, hann, log_mel

_COMPARED: Final = 13
"""Cepstra: enough for the vowels and too few for the harmonics of high voices."""

_SPEECH_BANDS: Final = slice(3, 33)
"""Mel bands of 200 to 4 700 Hz: without hum and rumble."""

_DB_PER_NEPER: Final = 4.343


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording frame by frame: `features` of unit length, `level` in dB, what is `speech`."""

    features: Floats = field(repr=False)
    level: Floats = field(repr=False)
    threshold: float

    @property
    def speech(self) -> NDArray[np.bool_]:
        """Frames that are louder than the pauses."""
        return self.level > self.threshold

    def thinned(self, step: int) -> "Heard":
        """Only every so many-th frame."""
        return Heard(self.features[::step], self.level[::step], self.threshold)

    def pause_cost(self) -> Floats:
        """What it costs to take a frame for a pause: much for a loud one."""
        return np.asarray(0.25 + 0.08 * np.clip(self.level - self.threshold, -3, 20), np.float32)


def listen(samples: Floats) -> Heard:
    """The features of `samples` at RATE."""
    mel = log_mel(samples)
    level = _smoothed(_DB_PER_NEPER * np.log(np.exp(mel[:, _SPEECH_BANDS]).sum(1)))
    threshold = pause_threshold(level)
    return Heard(features_of(mel, level > threshold), level, threshold)


def features_of(mel: Floats, speech: NDArray[np.bool_]) -> Floats:
    """Cepstra, normalised by mean and spread of the frames of speech, of unit length."""
    raw = cepstra(mel)[:, :_COMPARED]
    known = raw[speech] if speech.sum() > _COMPARED else raw
    return unit((raw - known.mean(0)) / (known.std(0) + np.float32(1e-6)))


def unit(rows: Floats) -> Floats:
    """Rows made of length 1."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / (lengths + 1e-6), np.float32)


def pause_threshold(level: Floats) -> float:
    """The level that parts pauses from speech best.

    Otsu's method (A threshold selection method from gray-level histograms, 1979) on what is
    within 50 dB of the loudest: digital silence would count as a class of its own.
    """
    top = float(np.percentile(level, 98))
    edges = np.linspace(top - 50, top, 101)
    counts, _ = np.histogram(np.clip(level, edges[0], edges[-1]), edges)
    centres = (edges[1:] + edges[:-1]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * centres).cumsum()
    means = sums / np.maximum(below, 1), (sums[-1] - sums) / np.maximum(above, 1)
    return float(centres[np.argmax(below * above * (means[0] - means[1]) ** 2)])


def _smoothed(level: Floats) -> Floats:
    kernel = hann(7)[1:]
    return np.convolve(level, kernel / kernel.sum(), mode="same").astype(np.float32)
