"""What the decoder is asked to say, and in which voice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.noise import Noise

Tokens = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Style:
    """How a voice sounds, as its references tell."""

    ge: NDArray[np.float32]
    """`[1, gin, 1]`, for flow and generator."""
    ge_mrte: NDArray[np.float32]
    """`[1, 512, 1]`, for the text encoder."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passage:
    """All of it but the tokens."""

    phones: Sequence[int]
    """Of this text alone, without the reference."""
    style: Style
    noise: Noise
    speed: float = 1.0
    """2 takes half as long."""

    def __post_init__(self) -> None:
        if not self.speed > 0 or not len(self.phones):
            raise ValueError("a passage has phones and a speed above 0")
