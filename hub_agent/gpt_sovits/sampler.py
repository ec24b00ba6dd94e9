"""Choosing the next token, in the official order of steps."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Tokens = NDArray[np.int64]

_LEAST_TEMPERATURE: Final = 1e-5
_LEAST_NOISE: Final = np.finfo(np.float32).tiny


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How freely tokens are chosen; the official defaults."""

    top_k: int = 15
    top_p: float = 1.0
    temperature: float = 1.0
    repetition_penalty: float = 1.35

    def __post_init__(self) -> None:
        at_least_zero = self.top_p >= 0 and self.temperature >= 0
        if self.top_k < 1 or not at_least_zero or not self.repetition_penalty > 0:
            raise ValueError("top_k starts at 1, the penalty above 0, top_p and temperature at 0")


def penalised(logits: Floats, previous: Tokens, penalty: float) -> Floats:
    """`logits` with those of the previous tokens made less likely."""
    result = logits.copy()
    scores = logits[previous]
    result[previous] = np.where(
        scores < 0, scores * np.float32(penalty), scores / np.float32(penalty)
    )
    return result


def probabilities(logits: Floats, sampling: Sampling) -> Floats:
    """The shares of the tokens after the penalty: top-p, temperature, top-k, softmax."""
    kept = _top_p(logits, sampling.top_p)
    kept = kept / np.float32(max(sampling.temperature, _LEAST_TEMPERATURE))
    return _softmax(_top_k(kept, sampling.top_k))


def draw(shares: Floats, noise: Floats) -> int:
    """One token; `noise` is exponential(1), a value for each token."""
    return int(np.argmax(shares / np.maximum(noise, _LEAST_NOISE)))


def _top_p(logits: Floats, top_p: float) -> Floats:
    """The most likely tokens that make up `top_p`, and always the best one; the others -inf."""
    if top_p >= 1:
        return logits
    order = np.argsort(-logits, kind="stable")
    surplus = np.cumsum(_softmax(logits[order]), dtype=np.float32) > top_p
    surplus[0] = False
    result = logits.copy()
    result[order[surplus]] = -np.inf
    return result


def _top_k(logits: Floats, top_k: int) -> Floats:
    """The `top_k` largest and whatever equals the last of them; the others -inf."""
    if top_k >= logits.size:
        return logits
    pivot = np.partition(logits, -top_k)[-top_k]
    return np.where(logits < pivot, np.float32(-np.inf), logits)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)
