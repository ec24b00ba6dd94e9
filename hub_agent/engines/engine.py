"""The contract of a speech engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from hub_agent.audio.stage import Samples
from hub_agent.text.segment import Segment
from voices.payload import Payload
from voices.recording import Recording
from voices.voice import Voice

Emit: TypeAlias = Callable[[Samples], bool]
"""Takes a chunk; answers False when nobody wants more, and the engine then stops at once."""

Progress: TypeAlias = Callable[[float], None]
"""Told how much of long work is done, 0.0 to 1.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """How fast and how high: 1.0 is the voice's own way."""

    rate: float = 1.0
    pitch: float = 1.0


class Engine(Protocol):
    """Makes samples from text. Called from worker threads only, never from the event loop.

    One engine object may be asked by several threads; it serialises them itself and holds
    nobody longer than one segment. It is loaded once and says in `look_ahead_ms` how much text
    audio it must make before it can give the first chunk.
    """

    name: str
    sample_rate: int
    look_ahead_ms: float

    def load(self) -> None:
        """Load the model and warm it by a real synthesis; harmless when already loaded."""
        ...

    def unload(self) -> None:
        """Give memory back; the next `speak` loads again."""
        ...

    def voices(self) -> Sequence[Voice]:
        """Every voice this engine can speak, in a stable order."""
        ...

    def variants(self, voice: Voice) -> Sequence[Voice]:
        """Other timbres `voice` can be spoken in; each is found by its id."""
        ...

    def find_voice(self, wanted: str) -> Voice | None:
        """The voice of that id, or None."""
        ...

    def voice_for_language(self, language: str) -> Voice | None:
        """The best voice for a BCP 47 tag ("de", "de-at", "zh"), or None."""
        ...

    def speak(self, segment: Segment, voice: Voice, prosody: Prosody, emit: Emit) -> None:
        """Synthesise, calling `emit` with every chunk as soon as it exists.

        Returns when the segment is finished or `emit` answered False. `emit` never waits, so an
        engine is never held up by a slow listener. Raises `EngineError`.
        """
        ...


class PersonalVoice(Protocol):
    """A person's voice, ready to speak; holds voice data that must not outlive its use."""

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """Like `Engine.speak`."""
        ...


@runtime_checkable
class FamilyEngine(Engine, Protocol):
    """An engine that can also speak in the voice of a person."""

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        """Make voice data from what the person said, in one language.

        Raises `EngineError` when they are too few to make a voice of.
        """
        ...

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        """The person's `voice`, which `data` of `prepare` describes. Raises `EngineError`."""
        ...


@runtime_checkable
class RepeatableEngine(FamilyEngine, Protocol):
    """An engine that takes so long that what it said is worth keeping."""

    def manner(self, data: Payload, voice: Voice) -> str:
        """What changes how `personal_voice` sounds, beside data, text and prosody.

        Raises what that would raise; loads nothing. `sample_rate` is right afterwards.
        """
        ...
