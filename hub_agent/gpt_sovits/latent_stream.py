"""Tokens come, latents go: the part of streaming that has to guess what follows."""

from typing import Final

import numpy as np

from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.graphs.flow import CONTEXT
from hub_agent.gpt_sovits.graphs.text_encoder import FRAMES_PER_TOKEN
from hub_agent.gpt_sovits.passage import Passage, Tokens
from hub_agent.gpt_sovits.tempo import num_frames, stretched
from hub_agent.gpt_sovits.windows import Signal, no_signal

_MAX_FADE: Final = 4
"""Frames over which what was guessed gives way to what is known: 80 ms, as in the original."""


class LatentStream:
    """Latents of what is said so far; those of the last `look_ahead` tokens are held back.

    The text encoder hears all tokens each time, so latents move a little as more of them come.
    Frames that have been given out stay; the next ones fade from their earlier guess. With a
    look-ahead of 16 tokens the flow has all its context; with 6 it lacks what is 12 to 32 frames
    ahead.
    """

    def __init__(self, networks: DecoderNetworks, passage: Passage, look_ahead: int) -> None:
        self._networks = networks
        self._passage = passage
        self._look_ahead = look_ahead
        self._tokens: Tokens = np.empty(0, np.int64)
        self._num_heard = 0
        """Tokens at the time of the guess."""
        self._guess = no_signal()
        """Frames from the first one held back on."""
        self._num_given = 0

    @property
    def ahead(self) -> Signal:
        """Frames held back, as they seem now."""
        return self._guess

    def push(self, tokens: Tokens) -> Signal:
        """Frames `[1, inter, t]` that are far enough from the end."""
        self._tokens = np.concatenate([self._tokens, tokens])
        num_settled = max(0, len(self._tokens) - self._look_ahead)
        return self._give(int(num_settled * FRAMES_PER_TOKEN / self._passage.speed))

    def finish(self) -> Signal:
        """All frames held back: nothing follows."""
        return self._give(self._num_frames())

    def _give(self, end: int) -> Signal:
        if end <= self._num_given:
            return no_signal()
        if self._num_heard < len(self._tokens):
            self._guess = _faded(self._guess, self._computed())
            self._num_heard = len(self._tokens)
        count = end - self._num_given
        given, self._guess = self._guess[:, :, :count], self._guess[:, :, count:]
        self._num_given = end
        return given

    def _computed(self) -> Signal:
        """All frames from the first one held back on, as if nothing followed."""
        start, end = max(0, self._num_given - CONTEXT), self._num_frames()
        passage = self._passage
        latents = self._networks.latents(self._tokens, passage.phones, passage.style)
        frames = stretched(latents, start, end, passage.speed)
        z = self._networks.flow(frames, passage.noise(start, end), passage.style)
        return z[:, :, self._num_given - start :]

    def _num_frames(self) -> int:
        return num_frames(len(self._tokens) * FRAMES_PER_TOKEN, self._passage.speed)


def _faded(guess: Signal, known: Signal) -> Signal:
    """From the guess to what is known now."""
    length = min(_MAX_FADE, guess.shape[2])
    if not length:
        return known
    share = np.arange(1, length + 1, dtype=np.float32) / np.float32(length + 1)
    faded = guess[:, :, :length] * (1 - share) + known[:, :, :length] * share
    return np.concatenate([faded, known[:, :, length:]], axis=2)
