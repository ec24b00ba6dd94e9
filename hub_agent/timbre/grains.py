"""Making sound of chosen frames: pitch-synchronous overlap and add.

Two periods around a mark of the person's speech, windowed, are placed a period of the wanted
pitch apart (Moulines and Charpentier, Pitch-synchronous waveform processing techniques, 1990).
Where the person goes on, the sound is the person's waveform itself.
"""

from typing import Final

import numpy as np

from hub_agent.timbre.choice import Settled
from hub_agent.timbre.frames import HOP, RATE, Floats, hann
from hub_agent.timbre.sounds import Sounds

_UNVOICED_STEP: Final = HOP // 2
LONGEST: Final = 400
"""Half of the longest grain, in samples: what is later than that is finished."""


class Grains:
    """Takes chosen frames as they are settled and gives the samples that are finished."""

    def __init__(self, sounds: Sounds) -> None:
        self._samples = sounds.samples
        self._marks = sounds.marks
        self._hertz = sounds.hertz
        self._frames = np.zeros(0, np.int64)
        self._wanted = np.zeros(0, np.float32)
        self._forgotten = 0
        self._time = 0.0
        self._given = 0
        self._out = np.zeros(0, np.float32)

    def take(self, settled: Settled) -> Floats:
        """More frames; answers the samples that are finished by that."""
        self._frames = np.concatenate((self._frames, settled.frame))
        self._wanted = np.concatenate((self._wanted, settled.hertz))
        last = (self._forgotten + len(self._frames) - 2) * HOP
        self._place_until(last)
        return self._finished(int(self._time) - LONGEST)

    def rest(self, num_samples: int) -> Floats:
        """What is left; all together `num_samples`."""
        self._place_until((self._forgotten + len(self._frames)) * HOP)
        self._room(num_samples)
        return self._finished(num_samples)

    def _finished(self, end: int) -> Floats:
        count = max(0, end - self._given)
        self._room(self._given + count)
        ready, self._out = self._out[:count], self._out[count:]
        self._given += count
        known = max(0, int(self._time) // HOP - 2 - self._forgotten)
        self._frames, self._wanted = self._frames[known:], self._wanted[known:]
        self._forgotten += known
        return ready

    def _room(self, end: int) -> None:
        """Have samples until `end`."""
        missing = end - self._given - self._out.size
        if missing > 0:
            self._out = np.concatenate((self._out, np.zeros(missing + 4 * HOP, np.float32)))

    def _place_until(self, end: int) -> None:
        while self._time < end:
            self._time += self._place()

    def _place(self) -> float:
        """Place one grain; answers the way to the next."""
        where = self._time / HOP - self._forgotten
        near = min(round(where), len(self._frames) - 1)
        if self._frames[near] < 0:
            return _UNVOICED_STEP
        source = self._source(where, near)
        frame = min(max(round(source / HOP), 0), len(self._hertz) - 1)
        own, wanted = float(self._hertz[frame]), float(self._wanted[near])
        mark = self._mark(source, RATE / own) if own > 0 else -1
        if mark < 0:
            self._add(int(source), _UNVOICED_STEP)
            return _UNVOICED_STEP
        period, step = RATE / own, RATE / wanted
        self._add(mark, int(min(period, max(step, 0.7 * period))))
        return step

    def _source(self, where: float, near: int) -> float:
        """Where in the person's samples we are: on the way between frames that follow."""
        before = int(where)
        after = min(before + 1, len(self._frames) - 1)
        one, other = int(self._frames[before]), int(self._frames[after])
        if one >= 0 and other >= 0 and 0 <= other - one <= 2:
            return (one + (other - one) * (where - before)) * HOP
        return (int(self._frames[near]) + where - near) * HOP

    def _mark(self, source: float, period: float) -> int:
        """The mark nearest to `source`, -1 when there is none near."""
        at = int(np.searchsorted(self._marks, source))
        near = self._marks[max(at - 1, 0) : at + 1]
        if not near.size:
            return -1
        mark = int(near[np.abs(near - source).argmin()])
        return mark if abs(mark - source) < 1.2 * period else -1

    def _add(self, centre: int, half: int) -> None:
        half = min(half, LONGEST)
        first, last = max(centre - half, 0), min(centre + half, self._samples.size)
        start = round(self._time) - half - self._given + (first - (centre - half))
        skip = max(-start, 0)
        grain = self._samples[first + skip : last] * np.float32(1 / 32768)
        self._room(self._given + start + last - first)
        window = hann(2 * half)[first - (centre - half) + skip :][: grain.size]
        self._out[start + skip : start + skip + grain.size] += grain * window
