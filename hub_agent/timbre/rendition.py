"""eSpeak NG saying a text, with what it says when."""

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from hub_agent.engines.espeak import ESpeak, EventKind, Pcm16, SpeechEvent
from hub_agent.timbre.frames import RATE, Floats
from voices.enrolment.decode import resampled

_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How eSpeak NG is told to speak: its own numbers (see `ESpeak.synthesise`)."""

    voice: str
    words_per_minute: int = 160
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True, slots=True)
class Rendition:
    """Audio at RATE, and what begins at which of its samples."""

    samples: Floats = field(repr=False)
    events: tuple[SpeechEvent, ...] = field(repr=False)

    def phonemes(self) -> list[tuple[int, str]]:
        """First sample and mnemonic of every phoneme."""
        kind = EventKind.PHONEME
        return [(each.sample, each.phoneme) for each in self.events if each.kind is kind]

    def words(self) -> list[tuple[int, int]]:
        """First sample of every word and its 0-based character in the text."""
        kind = EventKind.WORD
        found = [(each.sample, each.text_position - 1) for each in self.events if each.kind is kind]
        return sorted(dict(found).items())


def rendition(text: str, espeak: ESpeak, manner: Manner) -> Rendition:
    """All of `text` at once, not streaming."""
    pieces: list[Floats] = []
    events: list[SpeechEvent] = []

    def on_audio(pcm: Pcm16, new: tuple[SpeechEvent, ...]) -> bool:
        pieces.append(pcm.astype(np.float32) / np.float32(_FULL_SCALE))
        events.extend(new)
        return True

    espeak.synthesise(
        text,
        on_audio,
        voice=manner.voice,
        words_per_minute=manner.words_per_minute,
        pitch=manner.pitch,
        pitch_range=manner.pitch_range,
    )
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return _at_rate(samples, tuple(events), espeak.sample_rate)


def at(starts: list[int], sample: int) -> int:
    """Index of the last of ascending `starts` that is not after `sample`; -1 before the first."""
    return bisect_right(starts, sample) - 1


def _at_rate(samples: Floats, events: tuple[SpeechEvent, ...], rate: int) -> Rendition:
    if rate == RATE:
        return Rendition(samples, events)
    moved = tuple(
        SpeechEvent(each.kind, each.sample * RATE // rate, each.text_position, each.phoneme)
        for each in events
    )
    return Rendition(resampled(samples, rate, RATE), moved)
