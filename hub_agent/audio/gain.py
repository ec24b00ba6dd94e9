"""Loudness as a factor."""

import numpy as np

from hub_agent.audio.fade import num_samples
from hub_agent.audio.stage import Samples

RAMP_MS = 20.0
"""Short enough to feel immediate, long enough not to be heard as a click."""


def db_to_factor(db: float) -> float:
    """The factor on the amplitude that a level in decibels means."""
    return float(10.0 ** (db / 20.0))


class Gain:
    """Multiplies by a factor; a change glides over `RAMP_MS`. Look-ahead: 0 ms."""

    look_ahead_ms = 0.0

    def __init__(self, factor: float, sample_rate: int) -> None:
        self._target = self._start = factor
        self._ramp_length = num_samples(RAMP_MS, sample_rate)
        self._position = self._ramp_length

    @classmethod
    def of_db(cls, db: float, sample_rate: int) -> "Gain":
        """A gain given in decibels."""
        return cls(db_to_factor(db), sample_rate)

    def set(self, factor: float) -> None:
        """Glide to another factor, beginning with the next sample."""
        self._start = float(self._factors(1)[0])
        self._target = factor
        self._position = 0

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        if self._position < self._ramp_length:
            louder = (samples * self._factors(samples.size)).astype(np.float32)
            self._position = min(self._ramp_length, self._position + samples.size)
            return louder
        if self._target == 1.0:
            return samples
        return samples * np.float32(self._target)

    def finish(self) -> Samples:
        """See `Stage.finish`; a gain keeps nothing back."""
        return np.zeros(0, np.float32)

    def _factors(self, length: int) -> Samples:
        steps = np.arange(self._position, self._position + length) / self._ramp_length
        glide = np.minimum(steps, 1.0)
        factors: Samples = (self._start + (self._target - self._start) * glide).astype(np.float32)
        return factors
