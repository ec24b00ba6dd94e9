"""When somebody begins to speak, and when they have finished."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from hub_agent.recording.meter import WINDOW_S, Level

_ABOVE_NOISE_DB: Final = 10.0
_HYSTERESIS_DB: Final = 4.0
"""The ends of words are softer than their beginnings."""

_LOWEST_START_DBFS: Final = -55.0
_HIGHEST_START_DBFS: Final = -25.0
"""In a very loud room too, speech must be able to begin."""

_ONSET_WINDOWS: Final = 2
"""One loud window is a click."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRules:
    """What makes a take: how long a pause ends it, and how long it is at least and at most."""

    end_silence_s: float = 1.2
    least_speech_s: float = 0.5
    longest_s: float = 30.0


class Hearing(Enum):
    """What the watch makes of what it hears."""

    WAITING = auto()
    SPEAKING = auto()
    ENDED = auto()


class VoiceWatch:
    """Listens to levels, 50 ms each; knows no clock and no samples.

    What is shorter than `least_speech_s` was a cough or a door: the watch waits again.
    """

    def __init__(self, noise_dbfs: float, rules: TakeRules) -> None:
        above = noise_dbfs + _ABOVE_NOISE_DB
        self._start_dbfs = min(max(above, _LOWEST_START_DBFS), _HIGHEST_START_DBFS)
        self._rules = rules
        self.restart()

    def restart(self) -> None:
        """Wait for a voice again."""
        self.hearing = Hearing.WAITING
        self._loud = self._windows = self._silent = 0
        self._by_hand = False

    @property
    def speech_s(self) -> float:
        """From the beginning of speech to the last that was heard of it."""
        return (self._windows - self._silent) * WINDOW_S

    @property
    def silence_s(self) -> float:
        """Since the last that was heard of speech."""
        return self._silent * WINDOW_S

    def begin(self) -> None:
        """Somebody says that the take begins now; then they say, too, when it is over.

        That is how people are recorded whose voice is not told from the noise.
        """
        self.restart()
        self._by_hand = True
        self.hearing = Hearing.SPEAKING

    def end(self) -> None:
        """Somebody says that the take is over."""
        self.hearing = Hearing.ENDED

    def heard(self, level: Level) -> Hearing:
        """What it is after another 50 ms."""
        if self.hearing is Hearing.WAITING:
            self._wait(level)
        elif self.hearing is Hearing.SPEAKING:
            self._follow(level)
        return self.hearing

    def _wait(self, level: Level) -> None:
        self._loud = self._loud + 1 if level.rms_dbfs >= self._start_dbfs else 0
        if self._loud >= _ONSET_WINDOWS:
            self._windows, self.hearing = self._loud, Hearing.SPEAKING

    def _follow(self, level: Level) -> None:
        self._windows += 1
        is_voice = self._by_hand or level.rms_dbfs >= self._start_dbfs - _HYSTERESIS_DB
        self._silent = 0 if is_voice else self._silent + 1
        if self._windows * WINDOW_S >= self._rules.longest_s:
            self.hearing = Hearing.ENDED
        elif self.silence_s >= self._rules.end_silence_s:
            if self.speech_s < self._rules.least_speech_s:
                self.restart()
            else:
                self.hearing = Hearing.ENDED
