"""How far a quantised network is from the exact one, on sentences made up at random."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.sampler import Floats
from hub_agent.gpt_sovits.t2s_network import Decoding, T2SNetwork

_NUM_PHONES: Final = 40
_PHONE_KINDS: Final = 322
"""Ids that every phone table has."""
_NUM_PROMPT_TOKENS: Final = 60
_NUM_STEPS: Final = 25
_NUM_SENTENCES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Over all steps; both networks are fed what the exact one finds likeliest."""

    num_steps: int
    max_difference: float
    """Of the logits."""
    mean_difference: float
    divergence: float
    """Kullback-Leibler, of the exact shares from the others, in nats."""
    agreement: float
    """Share of steps at which both find the same token likeliest."""


def compare(exact: T2SNetwork, other: T2SNetwork, *, seed: int = 0) -> Comparison:
    """Some seconds of decoding with each of them."""
    rng = np.random.default_rng(seed)
    pairs = [pair for _ in range(_NUM_SENTENCES) for pair in _steps(exact, other, rng)]
    ours, theirs = (np.stack(logits) for logits in zip(*pairs, strict=True))
    difference = np.abs(ours - theirs)
    log_shares, other_log_shares = _log_softmax(ours), _log_softmax(theirs)
    divergences = np.sum(np.exp(log_shares) * (log_shares - other_log_shares), axis=1)
    return Comparison(
        num_steps=len(pairs),
        max_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        divergence=float(divergences.mean()),
        agreement=float(np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1))),
    )


def _steps(
    exact: T2SNetwork, other: T2SNetwork, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats]]:
    phones = rng.integers(0, _PHONE_KINDS, _NUM_PHONES)
    prompt = rng.integers(0, exact.vocabulary_size - 1, _NUM_PROMPT_TOKENS)
    ours, theirs = (
        network.start(phones, None, prompt, max_tokens=_NUM_STEPS) for network in (exact, other)
    )
    logits = ours.first_logits(), theirs.first_logits()
    yield logits
    for _ in range(_NUM_STEPS - 1):
        logits = _fed(ours, theirs, int(np.argmax(logits[0][: ours.eos])))
        yield logits


def _fed(ours: Decoding, theirs: Decoding, token: int) -> tuple[Floats, Floats]:
    return ours.feed(token), theirs.feed(token)


def _log_softmax(logits: Floats) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
