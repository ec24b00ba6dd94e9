"""Text to semantic tokens (25 a second), one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

import numpy as np

from hub_agent.gpt_sovits.sampler import Floats, Sampling, Tokens, draw, penalised, probabilities
from hub_agent.gpt_sovits.t2s_network import Decoding, T2SNetwork

MAX_TOKENS: Final = 1500
"""A minute, where the official code stops."""
_NUM_STEPS_WITHOUT_END: Final = 11
"""So many tokens come before a sentence may end."""


class Ending(StrEnum):
    """Why no more tokens come."""

    END = "end"
    LIMIT = "limit"
    STOPPED = "stopped"


def never() -> bool:
    """Nobody wants to stop."""
    return False


class T2S:
    """The network, loaded; one run at a time."""

    def __init__(self, network: T2SNetwork) -> None:
        self.network = network

    @classmethod
    def open(cls, folder: Path, *, num_threads: int = 2) -> Self:
        """Load the two graphs in a folder.

        A second thread takes a third off each token where nothing else runs, and adds a tenth
        where something does.
        """
        return cls(T2SNetwork.open(folder, num_threads=num_threads))

    def run(
        self,
        phones: Tokens,
        bert: Floats | None,
        prompt: Tokens,
        *,
        sampling: Sampling,
        seed: int,
        max_tokens: int = MAX_TOKENS,
        should_stop: Callable[[], bool] = never,
    ) -> "TokenRun":
        """The tokens of `phones`, which begin with those of the reference if there is a `prompt`.

        `bert` is `[bert, phones]`, or None for languages without. `should_stop` is asked before
        each token. The same seed gives the same tokens.
        """
        decoding = self.network.start(phones, bert, prompt, max_tokens=max_tokens)
        return TokenRun(
            decoding=decoding,
            prompt=prompt,
            sampling=sampling,
            rng=np.random.default_rng(seed),
            max_tokens=max_tokens,
            should_stop=should_stop,
        )


@dataclass(slots=True, kw_only=True, eq=False)
class TokenRun:
    """Tokens as they come, to be gone through once; then `ending` says why there are no more."""

    decoding: Decoding
    prompt: Tokens
    sampling: Sampling
    rng: np.random.Generator
    max_tokens: int
    should_stop: Callable[[], bool]
    ending: Ending | None = None

    def __iter__(self) -> Iterator[int]:
        tokens = list(self.prompt)
        for count in range(self.max_tokens):
            if self.should_stop():
                self.ending = Ending.STOPPED
                return
            logits = self.decoding.feed(tokens[-1]) if count else self.decoding.first_logits()
            token = self._choose(logits, count, np.array(tokens, np.int64))
            if token == self._eos:
                self.ending = Ending.END
                return
            yield token
            tokens.append(token)
        self.ending = Ending.LIMIT

    def _choose(self, logits: Floats, count: int, previous: Tokens) -> int:
        """EOS where it is drawn or would have been the likeliest."""
        allowed = logits[: self._eos] if count < _NUM_STEPS_WITHOUT_END else logits
        allowed = penalised(allowed, previous, self.sampling.repetition_penalty)
        noise = self.rng.standard_exponential(allowed.size, np.float32)
        token = draw(probabilities(allowed, self.sampling), noise)
        return self._eos if int(np.argmax(allowed)) == self._eos else token

    @property
    def _eos(self) -> int:
        return self.decoding.eos
