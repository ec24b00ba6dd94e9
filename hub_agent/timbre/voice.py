"""Speaking in a person's voice while eSpeak NG says the text."""

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from hub_agent.engines.espeak import ESpeak, Pcm16, SpeechEvent
from hub_agent.errors import EngineError
from hub_agent.timbre.choice import Chooser, Wardrobe
from hub_agent.timbre.following import Follower, Said
from hub_agent.timbre.frames import RATE, Floats
from hub_agent.timbre.grains import Grains
from hub_agent.timbre.sounds import Sounds, sounds_of
from voices.payload import Payload

Emit: TypeAlias = Callable[[Floats], bool]

LOOK_AHEAD_MS: Final = 280.0
"""Of eSpeak's audio before the first samples: a phoneme, 120 ms of choosing, a grain, a chunk."""

_FULL_SCALE: Final = np.float32(1 / 32768)
_LIVELIEST: Final = 1.5
"""Times eSpeak's intonation at most."""


class TimbreVoice:
    """A person's voice; holds voice data, which must not outlive its use."""

    sample_rate = RATE
    look_ahead_ms = LOOK_AHEAD_MS

    def __init__(self, payload: Payload, espeak: ESpeak) -> None:
        self._wardrobe = Wardrobe(sounds_of(payload))
        self._espeak = espeak

    def speak(
        self, text: str, *, identifier: str, rate: float = 1.0, pitch: float = 1.0, emit: Emit
    ) -> None:
        """Say `text` in eSpeak's language `identifier`; 1.0 is the person's own way.

        Streams; returns when all is said or `emit` answered False. Raises `EngineError`.
        """
        if self._espeak.sample_rate != RATE:
            raise EngineError("this eSpeak NG has a sample rate that family voices cannot follow")
        speaking = _Speaking(self._wardrobe, pitch, emit)
        words = self._wardrobe.sounds.manner.words_per_minute * rate
        self._espeak.synthesise(
            text,
            speaking.take,
            voice=identifier,
            words_per_minute=round(min(max(words, 80), 450)),
        )
        speaking.finish()


class _Speaking:
    """One text on its way."""

    def __init__(self, wardrobe: Wardrobe, pitch: float, emit: Emit) -> None:
        self._sounds = wardrobe.sounds
        self._follower = Follower()
        self._chooser = Chooser(wardrobe)
        self._grains = Grains(wardrobe.sounds)
        self._tone = _Tone(wardrobe.sounds)
        self._octaves = math.log2(min(max(pitch, 0.5), 2.0))
        self._emit = emit
        self._wanted = True

    def take(self, pcm: Pcm16, events: tuple[SpeechEvent, ...]) -> bool:
        """A chunk of eSpeak's; False when nobody wants more."""
        self._follower.take(pcm * _FULL_SCALE, events)
        said = self._follower.ready()
        if said is not None:
            self._give(self._grains.take(self._chooser.take(said, self._hertz(said))))
        return self._wanted

    def finish(self) -> None:
        """What is left when eSpeak has finished."""
        if not self._wanted:
            return
        said = self._follower.rest()
        if said is not None:
            self._give(self._grains.take(self._chooser.take(said, self._hertz(said))))
        if self._wanted:
            self._give(self._grains.take(self._chooser.rest()))
        if self._wanted:
            self._give(self._grains.rest(self._follower.num_samples))

    def _give(self, samples: Floats) -> None:
        if samples.size:
            self._wanted = self._emit(self._tone.under(samples))

    def _hertz(self, said: Said) -> Floats:
        """The intonation of eSpeak NG around the person's pitch, as lively as the person."""
        manner = self._sounds.manner
        lively = min(manner.spread / max(manner.espeak_spread, 0.01), _LIVELIEST)
        octaves = lively * (said.octaves - math.log2(manner.espeak_hz))
        limited = np.clip(octaves, -0.8, 0.8) + self._octaves
        return np.asarray(manner.median_hz * np.exp2(limited), np.float32)


class _Tone:
    """The quiet of the room the person was recorded in: speech between digital silences is odd."""

    def __init__(self, sounds: Sounds) -> None:
        self._tone = sounds.tone
        self._at = 0

    def under(self, samples: Floats) -> Floats:
        """`samples` with the tone."""
        places = (self._at + np.arange(samples.size)) % self._tone.size
        self._at += samples.size
        return np.asarray(np.clip(samples + self._tone[places], -1, 1), np.float32)
