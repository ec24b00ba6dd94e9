"""What a generator may be given: made-up speakers, heard as people are who enrol."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.espeak import ESpeak, SpeechEvent
from hub_agent.gpt_sovits.decoder import NOISE_SCALE
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.graphs.text_encoder import FRAMES_PER_TOKEN
from hub_agent.gpt_sovits.noise import seeded_noise
from hub_agent.gpt_sovits.passage import Style
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from hub_agent.gpt_sovits.windows import Signal
from voices.recording import Recording

_VOICE: Final = "gmw/en-US"
_SENTENCE: Final = "The quick brown fox jumps over the lazy dog, and five wizards judge my vow."
_PITCHES: Final = (20, 50, 85, 35)
"""Of eSpeak, from 0 to 99."""
_FULL_SCALE: Final = 32768
_MOST_FRAMES: Final = 100
"""Two seconds: all the memory that making a pack may take."""
_NUM_PHONES: Final = 60
_PHONE_KINDS: Final = 322
"""Ids that every phone table has."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneratorInput:
    """At most two seconds of flow output, and the voice they are in."""

    z: Signal
    style: Style


def made_up_speech(
    encoder: ReferenceEncoder, networks: DecoderNetworks
) -> Iterator[GeneratorInput]:
    """Four speakers, by the networks of the model itself."""
    phones = np.random.default_rng(0).integers(1, _PHONE_KINDS, _NUM_PHONES).tolist()
    noise = seeded_noise(0, channels=networks.noise_channels, scale=NOISE_SCALE)
    for pitch in _PITCHES:
        recording = _spoken(pitch)
        tokens, style = encoder.prompt(recording), encoder.style([recording])
        latents = networks.latents(tokens, phones, style)
        z = networks.flow(latents, noise(0, FRAMES_PER_TOKEN * len(tokens)), style)
        yield GeneratorInput(z=z[:, :, :_MOST_FRAMES], style=style)


def _spoken(pitch: int) -> Recording:
    espeak = ESpeak()
    pieces: list[NDArray[np.int16]] = []

    def keep(piece: NDArray[np.int16], _events: tuple[SpeechEvent, ...]) -> bool:
        pieces.append(piece.copy())
        return True

    espeak.synthesise(_SENTENCE, keep, voice=_VOICE, pitch=pitch)
    return Recording(
        samples=np.concatenate(pieces).astype(np.float32) / np.float32(_FULL_SCALE),
        sample_rate=espeak.sample_rate,
        transcript=_SENTENCE,
        language="en",
    )
