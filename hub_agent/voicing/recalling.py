"""A person's voice that says again what it said before, without asking the engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from hub_agent import __version__
from hub_agent.audio.stage import Samples
from hub_agent.engines.engine import Emit, PersonalVoice, Prosody, RepeatableEngine
from hub_agent.text.segment import Segment
from voices.payload import Payload
from voices.phrases import Phrases
from voices.voice import Voice

CHUNK_S: Final = 0.1
MAX_NEW_S: Final = 60.0
"""New speech of one utterance that is held in memory, to be kept when it is over."""


@contextmanager
def recalling(
    engine: RepeatableEngine, data: Payload, voice: Voice, phrases: Phrases, *, max_bytes: int
) -> Iterator[PersonalVoice]:
    """`engine.personal_voice`, asked only for what is not among `phrases`, which are added to.

    A new version of this program may read a text in another way: it begins anew.
    """
    manner = repr((__version__, engine.name, engine.manner(data, voice)))
    speaker = RecallingVoice(
        lambda: engine.personal_voice(data, voice), phrases, manner, engine.sample_rate
    )
    try:
        yield speaker
    finally:
        speaker.keep_new(max_bytes=max_bytes)


class RecallingVoice:
    """A `PersonalVoice`; `make` is called for the first segment that was not said before.

    What is kept are samples as the engine gives them, not yet marked: nothing else may play them.
    """

    def __init__(
        self, make: Callable[[], PersonalVoice], phrases: Phrases, manner: str, sample_rate: int
    ) -> None:
        self._make = make
        self._phrases = phrases
        self._manner = manner
        self._sample_rate = sample_rate
        self._voice: PersonalVoice | None = None
        self._new: dict[bytes, Samples] = {}
        self._room = round(MAX_NEW_S * sample_rate)

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`."""
        phrase = phrase_of(segment, prosody, self._manner, self._sample_rate)
        samples = self._recall(phrase)
        if samples is not None:
            self._play(samples, emit)
            return
        self._voice = self._voice or self._make()
        take = _Take(emit)
        self._voice.speak(segment, prosody, take.take)
        if take.whole and 0 < take.size <= self._room:
            self._room -= take.size
            self._new[phrase] = np.concatenate(take.chunks)

    def keep_new(self, *, max_bytes: int) -> None:
        """Keep what was said to its end and is new; when all of it has been emitted."""
        for phrase, samples in self._new.items():
            self._phrases.keep(phrase, samples.astype("<f4").tobytes(), max_bytes=max_bytes)

    def _recall(self, phrase: bytes) -> Samples | None:
        if phrase in self._new:
            return self._new[phrase]
        kept = self._phrases.recall(phrase)
        return None if kept is None else np.frombuffer(kept, "<f4").astype(np.float32)

    def _play(self, samples: Samples, emit: Emit) -> None:
        step = round(CHUNK_S * self._sample_rate)
        for start in range(0, samples.size, step):
            if not emit(samples[start : start + step]):
                return


def phrase_of(segment: Segment, prosody: Prosody, manner: str, sample_rate: int) -> bytes:
    """All that determines the samples of a segment, beside the voice data."""
    said = segment.text, segment.language, segment.boundary.value
    spoken = prosody.rate, prosody.pitch, sample_rate, manner
    return repr((*said, *spoken)).encode()


class _Take:
    """Passes chunks on and remembers them, while somebody wants them."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.chunks: list[Samples] = []
        self.size = 0
        self.whole = True

    def take(self, samples: Samples) -> bool:
        """See `Emit`."""
        self.whole = self._emit(samples) and self.whole
        self.chunks.append(samples)
        self.size += samples.size
        return self.whole
