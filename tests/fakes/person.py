"""A person who needs no recordings: eSpeak NG in another timbre reads the prompts aloud."""

from functools import cache
from typing import Final

import numpy as np

from hub_agent.engines.espeak import ESpeak, Pcm16, SpeechEvent
from hub_agent.timbre.fitting import fit
from voices.payload import Payload
from voices.prompts.script import prompts
from voices.recording import Recording

VARIANT: Final = "gmw/en-US+f2"
NUM_PROMPTS: Final = 8


@cache
def recordings() -> tuple[Recording, ...]:
    """Some prompts as this person says them, a little slower and higher than usual."""
    espeak = ESpeak()
    espeak.load()
    return tuple(_said(prompt.text, espeak) for prompt in prompts("en")[:NUM_PROMPTS])


@cache
def _fitted() -> Payload:
    espeak = ESpeak()
    espeak.load()
    return fit(recordings(), espeak, lambda _share: None)


def voice_data() -> Payload:
    """Real voice data of that person, a copy of its own: whoever uses it may wipe it."""
    fitted = _fitted()
    return Payload(dict(fitted.meta), {name: a.copy() for name, a in fitted.arrays.items()})


def _said(text: str, espeak: ESpeak) -> Recording:
    pieces: list[Pcm16] = []

    def take(pcm: Pcm16, _events: tuple[SpeechEvent, ...]) -> bool:
        pieces.append(pcm.copy())
        return True

    espeak.synthesise(text, take, voice=VARIANT, words_per_minute=150, pitch=70, pitch_range=60)
    speech = np.concatenate(pieces).astype(np.float32) / 32768
    noise = np.random.default_rng(3).standard_normal(speech.size).astype(np.float32)
    return Recording(
        samples=speech + 3e-4 * noise,
        sample_rate=espeak.sample_rate,
        transcript=text,
        language="en-us",
    )
