"""Which stretches of time and pitch are tried, and what trying them costs."""

import math
from collections.abc import Iterator
from enum import IntEnum
from itertools import product
from typing import Final, NamedTuple

from voices.watermark.features import Stretch

_TIME_STEP: Final = 0.0015
"""Relative; 10 s then end less than a chip apart."""
_TIME_STEPS: Final = 150
"""From four fifths of the speed to five fourths."""
_PITCH_STEP: Final = 0.005
_PITCH_STEPS: Final = 40
"""Three semitones and a half down and up."""
_COARSE_TIME: Final = 4
_COARSE_PITCH: Final = 2
_LEAST_DRIFT: Final = 2
"""Steps; less is well within what clocks and codecs do."""


class Kind(IntEnum):
    """What was changed: both together as a tape does, the tempo alone, the pitch alone."""

    SPEED = 0
    TEMPO = 1
    PITCH = 2


class Trial(NamedTuple):
    """One step of one kind; step 0 is unchanged audio."""

    kind: Kind
    step: int

    @property
    def stretch(self) -> Stretch:
        """What it undoes."""
        if self.kind is Kind.PITCH:
            return Stretch(pitch=math.exp(_PITCH_STEP * self.step))
        factor = math.exp(_TIME_STEP * self.step)
        return Stretch.speed(factor) if self.kind is Kind.SPEED else Stretch(tempo=factor)


UNCHANGED: Final = Trial(Kind.SPEED, 0)
_NUM_FINE: Final = 4 * _TIME_STEPS + 2 * _PITCH_STEPS


def log_share(trial: Trial) -> float:
    """The logarithm of a trial's part of all false alarms: unchanged audio has half."""
    return math.log(0.5) if trial.step == 0 else math.log(0.5 / _NUM_FINE)


def coarse() -> Iterator[Trial]:
    """A grid wide enough to notice a mark in a few seconds; trials of one tempo come together."""
    for size, sign in product(range(_COARSE_PITCH, _PITCH_STEPS + 1, _COARSE_PITCH), (1, -1)):
        yield Trial(Kind.PITCH, size * sign)
    for size, sign in product(range(_COARSE_TIME, _TIME_STEPS + 1, _COARSE_TIME), (1, -1)):
        yield Trial(Kind.SPEED, size * sign)
        yield Trial(Kind.TEMPO, size * sign)


def around(trial: Trial) -> Iterator[Trial]:
    """The trials between this one and its coarse neighbours, this one included."""
    every, count = (
        (_COARSE_PITCH, _PITCH_STEPS) if trial.kind is Kind.PITCH else (_COARSE_TIME, _TIME_STEPS)
    )
    for step in range(trial.step - every + 1, trial.step + every):
        if step != 0 and abs(step) <= count:
            yield Trial(trial.kind, step)


def drifting(tempo: float) -> Iterator[Trial]:
    """The trials of a tempo that was measured otherwise."""
    step = round(math.log(tempo) / _TIME_STEP)
    if _LEAST_DRIFT <= abs(step) <= _TIME_STEPS:
        yield Trial(Kind.SPEED, step)
        yield Trial(Kind.TEMPO, step)
