"""From semantic tokens to sound, at once or while they come."""

from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.graphs.text_encoder import FRAMES_PER_TOKEN
from hub_agent.gpt_sovits.latent_stream import LatentStream
from hub_agent.gpt_sovits.noise import Noise, seeded_noise
from hub_agent.gpt_sovits.passage import Passage, Style, Tokens
from hub_agent.gpt_sovits.providers import Provider
from hub_agent.gpt_sovits.tempo import num_frames, stretched
from hub_agent.gpt_sovits.windows import Signal

Samples = NDArray[np.float32]

NOISE_SCALE: Final = 0.5
"""As in the original."""
LOOK_AHEAD: Final = 6
"""Tokens: all the frames that the generator sees, and a fraction of those that the flow does."""


class Decoder:
    """The speaking side of SoVITS; samples are within [-1, 1], by the generator's own tanh.

    One passage at a time.
    """

    def __init__(self, networks: DecoderNetworks) -> None:
        self._networks = networks

    @classmethod
    def open(cls, folder: Path, *, num_threads: int = 2, provider: Provider = Provider.CPU) -> Self:
        """Load the graphs in a folder."""
        return cls(DecoderNetworks.open(folder, num_threads=num_threads, provider=provider))

    @property
    def sample_rate(self) -> int:
        """Of all samples."""
        return self._networks.sample_rate

    def blank_style(self) -> Style:
        """Nobody's, for trying the networks."""
        return self._networks.blank_style()

    def noise(self, seed: int, scale: float = NOISE_SCALE) -> Noise:
        """Noise for a passage; the same seed gives the same sound."""
        return seeded_noise(seed, channels=self._networks.noise_channels, scale=scale)

    def decode(self, tokens: Tokens, passage: Passage) -> Samples:
        """The whole passage at once, as the original makes it; 1280 samples a token at speed 1."""
        if not len(tokens):
            return np.zeros(0, np.float32)
        networks, style = self._networks, passage.style
        num_latents = len(tokens) * FRAMES_PER_TOKEN
        end = num_frames(num_latents, passage.speed)
        latents = networks.latents(tokens, passage.phones, style)
        frames = stretched(latents, 0, end, num_latents / end)
        z = networks.flow(frames, passage.noise(0, end), style)
        return networks.fine(networks.coarse(z, style)).reshape(-1)

    def stream(self, passage: Passage, *, look_ahead: int = LOOK_AHEAD) -> "DecoderStream":
        """The passage while its tokens come, as long in all as `decode` makes it.

        Tokens are heard `look_ahead` tokens later at speed 1. At other speeds it drifts from
        `decode` by a frame at most, as that stretches to the length of the whole.
        """
        return DecoderStream(self._networks, passage, look_ahead)


class DecoderStream:
    """One passage on its way from tokens to sound. Whoever stops early just drops it."""

    def __init__(self, networks: DecoderNetworks, passage: Passage, look_ahead: int) -> None:
        self._latents = LatentStream(networks, passage, look_ahead)
        self._coarse = networks.windowed_coarse(passage.style)
        self._fine = networks.windowed_fine()

    def push(self, tokens: Tokens) -> Samples:
        """The samples of all tokens that are far enough from the end; may be none."""
        return self._sound(self._latents.push(tokens))

    def finish(self) -> Samples:
        """The rest."""
        return self._sound(self._latents.finish())

    def _sound(self, frames: Signal) -> Samples:
        """The generator sees 11.5 frames ahead: what is held back will be nearly as it seems."""
        features, features_ahead = self._coarse.push(frames, self._latents.ahead)
        samples, _samples_ahead = self._fine.push(features, features_ahead)
        return samples.reshape(-1)
