"""Whose voice speaks: an engine's own, or a person's, asked for consent each time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from hub_agent.audio.stage import Stage
from hub_agent.clock import Clock
from hub_agent.engines.engine import (
    Emit,
    Engine,
    FamilyEngine,
    PersonalVoice,
    Prosody,
    RepeatableEngine,
)
from hub_agent.text.segment import Segment
from hub_agent.voicing.marking import Marking
from hub_agent.voicing.recalling import recalling
from voices.consent.policy import Use
from voices.family import FamilyVoice, FamilyVoices
from voices.marked_utterance import MarkedUtterance, SpeechEnding
from voices.purpose import Purpose
from voices.voice import Voice
from voices.watermark.embedder import Strength


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

    @property
    def engine_failed(self) -> str | None:
        """Why another engine than `engine` went on, in the same voice; None: it did not."""
        ...

    def open(self) -> AbstractContextManager[PersonalVoice]:
        """The voice, to speak while entered; in a worker thread.

        Raises `VoicesError` when it may not or cannot be used.
        """
        ...

    def mark(self, sameness: bytes | None) -> Stage | None:
        """Begin an utterance: what marks it, at the engine's rate; None only for a stock voice.

        `sameness` is what determines its samples, beside the voice; None while that is not known.
        In a worker thread. Raises `VoicesError` when it cannot be marked or its beginning cannot
        be recorded: it is not heard then.
        """
        ...

    def ended(self, ending: SpeechEnding) -> None:
        """Record how the utterance that was begun last ended; in a worker thread.

        Nothing to do where none was. Raises `VoicesError`.
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

    engine_failed = None

    def __init__(self, engine: Engine, voice: Voice, marking: Marking) -> None:
        self.engine = engine
        self.voice = voice
        self._marking = marking

    @contextmanager
    def open(self) -> Iterator[PersonalVoice]:
        """See `SpeechSource.open`."""
        yield self

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`."""
        self.engine.speak(segment, self.voice, prosody, emit)

    def mark(self, sameness: bytes | None) -> Stage | None:
        """See `SpeechSource.mark`; None where the settings say so."""
        return self._marking.stock_marker(self.engine.sample_rate, sameness)

    def ended(self, ending: SpeechEnding) -> None:
        """It is nobody's voice: nothing is recorded."""

    def may_have_changed(self) -> bool:
        """Never."""
        return False

    def check(self) -> None:
        """Always permitted."""


class FamilySource:
    """The voice of a person, for one purpose in one room."""

    engine_failed = None

    def __init__(
        self,
        engine: FamilyEngine,
        person: FamilyVoice,
        *,
        family: FamilyVoices,
        announcement_id: str,
        purpose: Purpose,
        room: str,
        sender: str,
        clock: Clock,
        strength: Strength,
        phrase_cache_bytes: int = 0,
    ) -> None:
        self.engine = engine
        self.voice = person.voice
        self._key = person.key
        self._family = family
        self._purpose = purpose
        self._room = room
        self._sender = sender
        self._clock = clock
        self._strength = strength
        self._phrase_cache_bytes = phrase_cache_bytes
        self._announcement_id = announcement_id
        self._begun: MarkedUtterance | None = None
        self._stamp = family.stamp()

    @contextmanager
    def open(self) -> Iterator[PersonalVoice]:
        """See `SpeechSource.open`."""
        if self._phrase_cache_bytes and isinstance(self.engine, RepeatableEngine):
            with self._open_recalling(self.engine) as voice:
                yield voice
            return
        with self._family.open_voice(self._key, self.engine.name, self._use()) as data:
            yield self.engine.personal_voice(data, self.voice)

    def mark(self, sameness: bytes | None) -> Stage | None:
        """See `SpeechSource.mark`."""
        begun = self._family.begin(
            self._key,
            self._use(),
            announcement_id=self._announcement_id,
            sample_rate=self.engine.sample_rate,
            strength=self._strength,
            sameness=sameness,
        )
        self._begun = begun
        return begun.marker

    def ended(self, ending: SpeechEnding) -> None:
        """See `SpeechSource.ended`."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.end(ending)

    def may_have_changed(self) -> bool:
        """See `SpeechSource.may_have_changed`."""
        return self._family.stamp() != self._stamp

    def check(self) -> None:
        """See `SpeechSource.check`."""
        stamp = self._family.stamp()
        self._family.check(self._key, self._use())
        self._stamp = stamp

    @contextmanager
    def _open_recalling(self, engine: RepeatableEngine) -> Iterator[PersonalVoice]:
        asked = self._key, engine.name, self._use()
        with (
            self._family.open_phrases(*asked) as phrases,
            self._family.open_voice(*asked) as data,
            recalling(
                engine, data, self.voice, phrases, max_bytes=self._phrase_cache_bytes
            ) as voice,
        ):
            yield voice

    def _use(self) -> Use:
        return Use(
            purpose=self._purpose, room=self._room, sender=self._sender, at=self._clock.now()
        )
