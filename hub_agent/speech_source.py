"""Whose voice speaks: an engine's own, or a person's, asked for consent each time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from hub_agent.audio.stage import Stage
from hub_agent.clock import Clock
from hub_agent.engines.engine import Emit, Engine, FamilyEngine, PersonalVoice, Prosody
from hub_agent.text.segment import Segment
from voices.consent.policy import Use
from voices.family import FamilyVoice, FamilyVoices
from voices.purpose import Purpose
from voices.voice import Voice


class SpeechSource(Protocol):
    """A voice that can be opened for one utterance."""

    @property
    def engine(self) -> Engine:
        """What makes the samples."""
        ...

    @property
    def voice(self) -> Voice:
        """What was chosen."""
        ...

    def open(self) -> AbstractContextManager[PersonalVoice]:
        """The voice, to speak while entered; in a worker thread.

        Raises `VoicesError` when it may not or cannot be used.
        """
        ...

    def marker(self) -> Stage | None:
        """What marks one utterance, at the engine's rate; None only for a stock voice.

        Raises `VoicesError` when a person's voice cannot be marked: it is not heard then.
        """
        ...

    def may_have_changed(self) -> bool:
        """Whether `check` is worth calling; costs microseconds."""
        ...

    def check(self) -> None:
        """Raise `VoicesError` when the voice may no longer be heard; in a worker thread."""
        ...


class StockSource:
    """A voice that came with an engine: nobody needs to be asked."""

    def __init__(self, engine: Engine, voice: Voice) -> None:
        self.engine = engine
        self.voice = voice

    @contextmanager
    def open(self) -> Iterator[PersonalVoice]:
        """See `SpeechSource.open`."""
        yield self

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`."""
        self.engine.speak(segment, self.voice, prosody, emit)

    def marker(self) -> Stage | None:
        """None: it is nobody's voice."""
        return None

    def may_have_changed(self) -> bool:
        """Never."""
        return False

    def check(self) -> None:
        """Always permitted."""


class FamilySource:
    """The voice of a person, for one purpose in one room."""

    def __init__(
        self,
        engine: FamilyEngine,
        person: FamilyVoice,
        *,
        family: FamilyVoices,
        purpose: Purpose,
        room: str,
        sender: str,
        clock: Clock,
    ) -> None:
        self.engine = engine
        self.voice = person.voice
        self._key = person.key
        self._family = family
        self._purpose = purpose
        self._room = room
        self._sender = sender
        self._clock = clock
        self._stamp = family.stamp()

    @contextmanager
    def open(self) -> Iterator[PersonalVoice]:
        """See `SpeechSource.open`."""
        with self._family.open_voice(self._key, self.engine.name, self._use()) as data:
            yield self.engine.personal_voice(data)

    def marker(self) -> Stage | None:
        """See `SpeechSource.marker`."""
        return self._family.marker(self._key, self.engine.sample_rate)

    def may_have_changed(self) -> bool:
        """See `SpeechSource.may_have_changed`."""
        return self._family.stamp() != self._stamp

    def check(self) -> None:
        """See `SpeechSource.check`."""
        stamp = self._family.stamp()
        self._family.check(self._key, self._use())
        self._stamp = stamp

    def _use(self) -> Use:
        return Use(
            purpose=self._purpose, room=self._room, sender=self._sender, at=self._clock.now()
        )
