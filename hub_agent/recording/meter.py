"""How loud it is, every 50 ms."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

import numpy as np

from hub_agent.audio.stage import Samples

WINDOW_S: Final = 0.05
SILENCE_DBFS: Final = -120.0

CLIPPING_DBFS: Final = -0.3
"""Peaks: above it a converter has run out of numbers, or is about to."""

QUIET_DBFS: Final = -42.0
"""RMS: below it the noise of common microphones is less than 15 dB away."""

LOUD_ROOM_DBFS: Final = -45.0
"""RMS: speech at an arm's length has about -22 dBFS, and 20 dB between them are recommended."""

_SETTLING_WINDOWS: Final = 6
"""Microphones switch on with a click and find their level in their first 0.3 s."""


class Loudness(StrEnum):
    """What a person should know of their level."""

    TOO_QUIET = "too quiet"
    GOOD = "good"
    CLIPPING = "clipping"


@dataclass(frozen=True, slots=True)
class Level:
    """Of one window, in dB below full scale; silence is -120."""

    rms_dbfs: float
    peak_dbfs: float

    @property
    def loudness(self) -> Loudness:
        """In words, for somebody who speaks."""
        if self.peak_dbfs >= CLIPPING_DBFS:
            return Loudness.CLIPPING
        return Loudness.TOO_QUIET if self.rms_dbfs < QUIET_DBFS else Loudness.GOOD


NO_LEVEL: Final = Level(SILENCE_DBFS, SILENCE_DBFS)


def level_of(samples: Samples) -> Level:
    """The level of some samples, at least one."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return Level(_dbfs(math.sqrt(power)), _dbfs(float(np.max(np.abs(samples)))))


def room_noise_dbfs(levels: Sequence[Level]) -> float:
    """The noise of a room from its levels: the middle one, so that a single cough is ignored."""
    settled = levels[_SETTLING_WINDOWS:] or levels
    return median(level.rms_dbfs for level in settled) if settled else SILENCE_DBFS


class Windows:
    """Cuts what is heard into windows of 50 ms, however it comes in."""

    def __init__(self, sample_rate: int) -> None:
        self._window: Samples = np.zeros(round(sample_rate * WINDOW_S), np.float32)
        self._filled = 0

    def cut(self, samples: Samples) -> Iterator[Samples]:
        """Every window that is full now; each is only valid until the next."""
        while samples.size:
            taken = samples[: self._window.size - self._filled]
            self._window[self._filled : self._filled + taken.size] = taken
            self._filled += taken.size
            samples = samples[taken.size :]
            if self._filled == self._window.size:
                self._filled = 0
                yield self._window

    def wipe(self) -> None:
        """Forget the window that is not full, and overwrite it."""
        self._filled = 0
        self._window.fill(0)


def _dbfs(amplitude: float) -> float:
    if not math.isfinite(amplitude) or amplitude <= 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 20 * math.log10(amplitude))
