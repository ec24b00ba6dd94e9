"""Loudness."""

import numpy as np

from hub_agent.audio.stage import Samples


def db_to_factor(db: float) -> float:
    """The factor on the amplitude that a level in decibels means."""
    return float(10.0 ** (db / 20.0))


class Gain:
    """Multiplies by a fixed factor, given in decibels. Look-ahead: 0 ms."""

    look_ahead_ms = 0.0

    def __init__(self, db: float) -> None:
        self._factor = np.float32(db_to_factor(db))

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        return samples if self._factor == 1 else samples * self._factor

    def finish(self) -> Samples:
        """See `Stage.finish`; a gain keeps nothing back."""
        return np.zeros(0, np.float32)
