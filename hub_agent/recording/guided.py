"""Recording a person at the terminal: the shell around the session.

Blocks; for the main thread of a command. Samples stay in memory: whatever way a session ends
other than with a result, they are overwritten.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, TypeAlias

from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError
from hub_agent.recording.errors import AbandonedError
from hub_agent.recording.meter import Windows, level_of
from hub_agent.recording.session import TARGET_S, Action, Judgement, Key, Phase, Session, View
from hub_agent.recording.take_buffer import TakeBuffer
from hub_agent.recording.voice_watch import TakeRules
from voices.prompts.prompt import Prompt
from voices.recording import Recording

Judge: TypeAlias = Callable[[Samples, int, str], Judgement]
"""Told samples, sample rate and the text that was to be read."""

Play: TypeAlias = Callable[[Samples, int, Callable[[], bool]], None]
"""Plays samples at a rate until they end or the callable says stop; may raise `SinkError`."""

STATEMENT_LEAST_S: Final = 8.0
_STATEMENT_LONGEST_S: Final = 120.0
_STATEMENT_PAUSE_S: Final = 2.5
"""People breathe between the lines of a statement, and turn to the next one."""

_PRE_ROLL_S: Final = 0.35
"""Kept from before the voice was noticed: soft beginnings of words."""

_POST_ROLL_S: Final = 0.3
_MARGIN_S: Final = 1.0
_READ_S: Final = 0.05
_LOST: Final = "The computer was busy and lost a piece of it."
_NO_LOUDSPEAKER: Final = "There is no loudspeaker to play it back."


class Source(Protocol):
    """Where samples come from; see `Microphone`."""

    overflows: int

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        ...

    def read(self, timeout_s: float) -> Samples:
        """What was heard since the last call; waits a while for it."""
        ...

    def discard(self) -> None:
        """Forget what was heard and not read."""
        ...


class Keys(Protocol):
    """Where keys come from; see `Keyboard`."""

    def pressed(self) -> list[Key]:
        """Those pressed since the last call; does not wait."""
        ...


class Shown(Protocol):
    """Where views go; see `Screen`."""

    def show(self, view: View) -> None:
        """Draw it now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One prompt as it was read."""

    prompt: Prompt
    samples: Samples = field(repr=False)
    sample_rate: int
    speech_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Guided:
    """What came of a session; may be less speech than was aimed at."""

    takes: tuple[Take, ...]
    noise_dbfs: float

    @property
    def speech_s(self) -> float:
        """Seconds of speech in all takes."""
        return sum(take.speech_s for take in self.takes)

    def recordings(self) -> tuple[Recording, ...]:
        """The takes with their texts; they share memory with this."""
        return tuple(
            Recording(
                samples=take.samples,
                sample_rate=take.sample_rate,
                transcript=take.prompt.text,
                language=take.prompt.language,
            )
            for take in self.takes
        )

    def wipe(self) -> None:
        """Overwrite all samples."""
        for take in self.takes:
            take.samples.fill(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenStatement:
    """A statement as it was read aloud."""

    samples: Samples = field(repr=False)
    sample_rate: int
    speech_s: float
    noise_dbfs: float

    def wipe(self) -> None:
        """Overwrite the samples."""
        self.samples.fill(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """All that a session needs around it."""

    source: Source
    keys: Keys
    screen: Shown
    play: Play


def record_prompts(
    prompts: Sequence[Prompt],
    judge: Judge,
    *,
    device: str = "default",
    target_s: float = TARGET_S,
    loudspeaker: str = "default",
) -> Guided:
    """Lead a person through the prompts at the terminal.

    Raises `NoTerminalError`, `MicrophoneError`, or `AbandonedError` when the person quits.
    """
    with ExitStack() as stack:
        studio = _at_the_terminal(stack, "Lending a voice", device, loudspeaker)
        return guide(prompts, judge, studio, target_s=target_s)


def record_statement(
    text_lines: Sequence[str],
    judge: Judge | None = None,
    *,
    device: str = "default",
    min_s: float = STATEMENT_LEAST_S,
    title: str = "Consent, in your own voice",
    loudspeaker: str = "default",
) -> SpokenStatement:
    """Record a statement read aloud in one take, at least `min_s` long; raises as the other."""
    with ExitStack() as stack:
        studio = _at_the_terminal(stack, title, device, loudspeaker)
        return guide_statement(text_lines, judge, studio, min_s=min_s)


def guide(
    prompts: Sequence[Prompt], judge: Judge, studio: Studio, *, target_s: float = TARGET_S
) -> Guided:
    """The same in a given studio."""
    session = Session([prompt.text for prompt in prompts], target_s=target_s)
    kept = _Shell(session, studio, judge, TakeRules()).run()
    rate = studio.source.sample_rate
    takes = (
        Take(prompt=prompts[index], samples=each.samples, sample_rate=rate, speech_s=each.speech_s)
        for index, each in sorted(kept.items())
    )
    return Guided(takes=tuple(takes), noise_dbfs=session.noise_dbfs)


def guide_statement(
    text_lines: Sequence[str],
    judge: Judge | None,
    studio: Studio,
    *,
    min_s: float = STATEMENT_LEAST_S,
) -> SpokenStatement:
    """The same in a given studio."""
    rules = TakeRules(end_silence_s=_STATEMENT_PAUSE_S, longest_s=_STATEMENT_LONGEST_S)
    session = Session(["\n".join(text_lines)], target_s=min_s, rules=rules)

    def long_enough(samples: Samples, rate: int, text: str) -> Judgement:
        if session.take_speech_s < min_s:
            return Judgement(False, "That was too short. Please read all of it, without haste.")
        return judge(samples, rate, text) if judge else Judgement(True)

    kept = _Shell(session, studio, long_enough, rules).run()[0]
    return SpokenStatement(
        samples=kept.samples,
        sample_rate=studio.source.sample_rate,
        speech_s=kept.speech_s,
        noise_dbfs=session.noise_dbfs,
    )


def _at_the_terminal(stack: ExitStack, title: str, device: str, loudspeaker: str) -> Studio:
    from hub_agent.recording.keyboard import Keyboard
    from hub_agent.recording.microphone import Microphone
    from hub_agent.recording.playback import play
    from hub_agent.recording.screen import Screen

    keys = stack.enter_context(Keyboard())
    source = stack.enter_context(Microphone(device))
    screen = stack.enter_context(Screen(title))
    return Studio(source=source, keys=keys, screen=screen, play=partial(play, device=loudspeaker))


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    samples: Samples = field(repr=False)
    speech_s: float


class _Shell:
    """Does what the session says with real samples."""

    def __init__(self, session: Session, studio: Studio, judge: Judge, rules: TakeRules) -> None:
        self._session = session
        self._studio = studio
        self._judge = judge
        self._rate = studio.source.sample_rate
        self._windows = Windows(self._rate)
        self._buffer = TakeBuffer(self._rate, rules.longest_s + _PRE_ROLL_S + _MARGIN_S)
        self._kept: dict[int, _Kept] = {}
        self._last: _Kept | None = None
        self._overflows = 0

    def run(self) -> dict[int, _Kept]:
        """To the end; the takes by their number. Without any, the session was abandoned."""
        try:
            while not self._session.is_over:
                self._step()
            self._require_something()
        except BaseException:
            self._wipe_takes()
            raise
        finally:
            self._wipe_buffers()
        return self._kept

    def _require_something(self) -> None:
        if self._session.phase is Phase.ABANDONED or not self._kept:
            raise AbandonedError(
                "the recording was left; nothing was kept", hint="hub-agent voices enrol"
            )

    def _step(self) -> None:
        source, session = self._studio.source, self._session
        for key in self._studio.keys.pressed():
            self._do(session.pressed(key))
        heard = source.read(_READ_S)
        for window in self._windows.cut(heard):
            self._hear(window)
        heard.fill(0)
        self._studio.screen.show(session.view)

    def _hear(self, window: Samples) -> None:
        self._buffer.add(window)
        action = self._session.heard(level_of(window))
        if action is Action.NOTHING and self._session.phase is not Phase.SPEAKING:
            self._buffer.keep_last(_PRE_ROLL_S)
            self._overflows = self._studio.source.overflows
        self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Action.LISTEN_ANEW:
                self._listen_anew()
            case Action.JUDGE:
                self._do(self._judged())
            case Action.PLAY:
                self._play()
                self._listen_anew()

    def _listen_anew(self) -> None:
        self._buffer.wipe()
        self._windows.wipe()
        self._studio.source.discard()
        self._overflows = self._studio.source.overflows

    def _judged(self) -> Action:
        session = self._session
        self._studio.screen.show(session.view)
        is_whole = self._studio.source.overflows == self._overflows
        self._forget_refused()
        tail_s = max(0.0, session.tail_s - _POST_ROLL_S)
        take = _Kept(self._buffer.cut(without_last_s=tail_s), session.take_speech_s)
        self._last = take
        judgement = self._judgement(take.samples) if is_whole else Judgement(False, _LOST)
        if judgement.ok:
            self._replace(session.index, take)
        return session.judged(judgement)

    def _judgement(self, samples: Samples) -> Judgement:
        return self._judge(samples, self._rate, self._session.view.text)

    def _replace(self, index: int, take: _Kept) -> None:
        if index in self._kept:
            self._kept[index].samples.fill(0)
        self._kept[index] = take

    def _forget_refused(self) -> None:
        if self._last is not None and self._last not in self._kept.values():
            self._last.samples.fill(0)

    def _play(self) -> None:
        if self._last is None:
            return
        try:
            self._studio.play(self._last.samples, self._rate, self._wants_to_go_on)
        except SinkError:
            self._session.say(_NO_LOUDSPEAKER)

    def _wants_to_go_on(self) -> bool:
        return bool(self._studio.keys.pressed())

    def _wipe_takes(self) -> None:
        for take in self._kept.values():
            take.samples.fill(0)
        if self._last is not None:
            self._last.samples.fill(0)

    def _wipe_buffers(self) -> None:
        self._forget_refused()
        self._buffer.wipe()
        self._windows.wipe()
