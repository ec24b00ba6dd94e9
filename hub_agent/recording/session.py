"""The guided session as a pure state machine: levels and keys in, actions and a view out.

It holds no samples, knows no terminal and no clock: time is counted in levels of 50 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

from hub_agent.recording.meter import LOUD_ROOM_DBFS, NO_LEVEL, WINDOW_S, Level, room_noise_dbfs
from hub_agent.recording.voice_watch import Hearing, TakeRules, VoiceWatch

TARGET_S: Final = 60.0
"""Seconds of speech a voice is fitted from."""

ROOM_S: Final = 2.0
"""How long the room is listened to before anybody speaks."""


class Key(StrEnum):
    """What a person can press."""

    ENTER = "enter"
    RETAKE = "r"
    SKIP = "s"
    BACK = "b"
    PLAY = "p"
    FINISH = "f"
    QUIT = "q"
    YES = "y"
    NO = "n"


class Phase(StrEnum):
    """Where the session is."""

    ROOM = "room"
    LOUD = "loud"
    LISTENING = "listening"
    SPEAKING = "speaking"
    JUDGING = "judging"
    REFUSED = "refused"
    QUITTING = "quitting"
    DONE = "done"
    ABANDONED = "abandoned"


class Action(Enum):
    """What is to be done now by whoever has the samples."""

    NOTHING = auto()
    LISTEN_ANEW = auto()
    JUDGE = auto()
    PLAY = auto()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a take is kept; `advice` tells the person in plain words what to do better."""

    ok: bool
    advice: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """All that a screen shows; `number` counts from 1."""

    phase: Phase
    number: int
    num_prompts: int
    text: str
    level: Level
    advice: str
    speech_s: float
    target_s: float
    keys: tuple[Key, ...]


class Session:
    """Leads through the texts, one take each, until there is a good one of each or no more come.

    Those that were skipped come again once while there is not enough speech. A session of one
    text has nothing to skip. Callers do what the returned `Action` says: LISTEN_ANEW means that
    what was heard until now belongs to no take.
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        target_s: float = TARGET_S,
        rules: TakeRules = TakeRules(),  # noqa: B008 – frozen
    ) -> None:
        self._texts = tuple(texts)
        self._target_s = target_s
        self._rules = rules
        self._watch = VoiceWatch(NO_LEVEL.rms_dbfs, rules)
        self._room: list[Level] = []
        self._taken: dict[int, float] = {}
        self._skipped: set[int] = set()
        self._second_round = self._has_played = False
        self._level = NO_LEVEL
        self._advice = ""
        self._before_quitting = Phase.ROOM
        self.noise_dbfs = NO_LEVEL.rms_dbfs
        self.phase = Phase.ROOM
        self.index = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.phase in {Phase.DONE, Phase.ABANDONED}

    @property
    def speech_s(self) -> float:
        """Seconds of speech in the takes that are kept."""
        return sum(self._taken.values())

    @property
    def take_speech_s(self) -> float:
        """Seconds of speech in the take that is made or judged now."""
        return self._watch.speech_s

    @property
    def tail_s(self) -> float:
        """Seconds of silence at the end of the take that is judged now."""
        return self._watch.silence_s

    @property
    def view(self) -> View:
        """For a screen."""
        return View(
            phase=self.phase,
            number=self.index + 1,
            num_prompts=len(self._texts),
            text=self._texts[self.index],
            level=self._level,
            advice=self._advice,
            speech_s=self.speech_s,
            target_s=self._target_s,
            keys=self._keys(),
        )

    def heard(self, level: Level) -> Action:
        """Another 50 ms were heard."""
        self._level = level
        if self.phase is Phase.ROOM:
            return self._measure(level)
        if self.phase in {Phase.LISTENING, Phase.SPEAKING}:
            return self._follow(self._watch.heard(level))
        return Action.NOTHING

    def judged(self, judgement: Judgement) -> Action:
        """The take was judged: kept, or to be made again."""
        self._advice = judgement.advice
        self._has_played = True
        if not judgement.ok:
            self.phase = Phase.REFUSED
            return Action.NOTHING
        self._taken[self.index] = self._watch.speech_s
        self._skipped.discard(self.index)
        return self._advance()

    def say(self, advice: str) -> None:
        """Show a line until the next take begins."""
        self._advice = advice

    def pressed(self, key: Key) -> Action:
        """A key was pressed; those that mean nothing now do nothing."""
        if key not in self._keys():
            return Action.NOTHING
        match key:
            case Key.QUIT:
                self._before_quitting, self.phase = self.phase, Phase.QUITTING
                return Action.NOTHING
            case Key.YES:
                self.phase = Phase.ABANDONED
                return Action.NOTHING
            case Key.NO:
                return self._stay()
            case Key.ENTER:
                return self._enter()
            case _:
                return self._move(key)

    def _move(self, key: Key) -> Action:
        match key:
            case Key.PLAY:
                self._listen()
                return Action.PLAY
            case Key.FINISH:
                self.phase = Phase.DONE
                return Action.NOTHING
            case Key.SKIP:
                self._skipped.add(self.index)
                self._advice = ""
                return self._advance()
            case Key.BACK:
                self.index = max(0, self.index - 1)
        self._advice = ""
        return self._measure_again() if self.phase is Phase.LOUD else self._listen()

    def _enter(self) -> Action:
        if self.phase is Phase.LISTENING:
            self._watch.begin()
            self.phase = Phase.SPEAKING
            return Action.LISTEN_ANEW
        if self.phase is Phase.SPEAKING:
            self._watch.end()
            self.phase = Phase.JUDGING
            return Action.JUDGE
        self._advice = ""
        return self._listen()

    def _stay(self) -> Action:
        if self._before_quitting is Phase.ROOM:
            return self._measure_again()
        if self._before_quitting in {Phase.LOUD, Phase.REFUSED}:
            self.phase = self._before_quitting
            return Action.LISTEN_ANEW
        return self._listen()

    def _measure(self, level: Level) -> Action:
        self._room.append(level)
        if len(self._room) * WINDOW_S < ROOM_S:
            return Action.NOTHING
        self.noise_dbfs = room_noise_dbfs(self._room)
        self._watch = VoiceWatch(self.noise_dbfs, self._rules)
        if self.noise_dbfs > LOUD_ROOM_DBFS:
            self.phase = Phase.LOUD
            return Action.NOTHING
        return self._listen()

    def _measure_again(self) -> Action:
        self._room.clear()
        self.phase = Phase.ROOM
        return Action.LISTEN_ANEW

    def _follow(self, hearing: Hearing) -> Action:
        match hearing:
            case Hearing.ENDED:
                self.phase = Phase.JUDGING
                return Action.JUDGE
            case Hearing.SPEAKING:
                self.phase = Phase.SPEAKING
                self._advice = ""
            case Hearing.WAITING:
                self.phase = Phase.LISTENING
        return Action.NOTHING

    def _listen(self) -> Action:
        self._watch.restart()
        self.phase = Phase.LISTENING
        return Action.LISTEN_ANEW

    def _advance(self) -> Action:
        """To the next text without a take, then to those skipped, then to the end."""
        lacking = [index for index in range(len(self._texts)) if index not in self._taken]
        ahead = [index for index in lacking if index > self.index]
        again = [index for index in lacking if index not in self._skipped]
        if not ahead and not again and self._is_worth_a_second_round():
            self._second_round = True
            self._skipped.clear()
            again = lacking
        if not (ahead or again):
            self.phase = Phase.DONE
            return Action.NOTHING
        self.index = (ahead or again)[0]
        return self._listen()

    def _is_worth_a_second_round(self) -> bool:
        return not self._second_round and self.speech_s < self._target_s

    def _keys(self) -> tuple[Key, ...]:
        match self.phase:
            case Phase.ROOM:
                return (Key.QUIT,)
            case Phase.LOUD:
                return (Key.ENTER, Key.RETAKE, Key.QUIT)
            case Phase.LISTENING | Phase.REFUSED:
                return (Key.ENTER, *self._moves(), Key.QUIT)
            case Phase.SPEAKING:
                return (Key.ENTER, Key.RETAKE, Key.QUIT)
            case Phase.QUITTING:
                return (Key.YES, Key.NO)
            case _:
                return ()

    def _moves(self) -> tuple[Key, ...]:
        has_several = len(self._texts) > 1
        possible = {
            Key.RETAKE: True,
            Key.SKIP: has_several,
            Key.BACK: has_several and self.index > 0,
            Key.PLAY: self._has_played,
            Key.FINISH: self.speech_s >= self._target_s,
        }
        return tuple(key for key, is_possible in possible.items() if is_possible)
