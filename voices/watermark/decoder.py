"""From soft bits to the payload: blindly, or among the payloads that were issued."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.features import Matrix
from voices.watermark.keys import EpochKey
from voices.watermark.payload import (
    GENERATORS,
    MEMORY_BITS,
    MESSAGE_BITS,
    Payload32,
    branch_signs,
    coded_signs,
    read_message,
)
from voices.watermark.tails import log_tail

_STATES: Final = 1 << MEMORY_BITS
_LIST: Final = 8
"""Messages whose tag is tried: noise alone passes one of them 8 times in a million."""
_BY_CHANCE: Final = math.log(1e-4)
_CERTAIN: Final = 0.98
_CAUTION: Final = 0.8
_LEAST_SHARE: Final = 0.75
"""Of the score that the pilot promises: the bits of most other payloads give less than half."""
_SPREAD: Final = 4.2
"""Three standard deviations of the difference of two scores, which counts in short clips."""


@dataclass(frozen=True, slots=True)
class SoftBits:
    """Sums over the cells of every coded bit: of the ripple with the key's signs, and squared."""

    sums: NDArray[np.float64]
    energy: float
    pilot_sum: float
    pilot_energy: float

    @property
    def promised_z(self) -> float:
        """The score of the pilots of the same chips; as many cells carry data."""
        return self.pilot_sum / math.sqrt(self.pilot_energy + 1e-12)

    def __add__(self, other: "SoftBits") -> "SoftBits":
        return SoftBits(
            self.sums + other.sums,
            self.energy + other.energy,
            self.pilot_sum + other.pilot_sum,
            self.pilot_energy + other.pilot_energy,
        )


def decode(soft: SoftBits, key: EpochKey) -> Payload32 | None:
    """The likeliest message with a right tag; None when there is none."""
    for bits in _likeliest(soft.sums):
        payload = read_message(bits, key.tag_key)
        if payload is not None:
            return payload
    return None


def identify(soft: SoftBits, key: EpochKey, candidates: Sequence[Payload32]) -> Payload32 | None:
    """Which of the issued payloads it is; None when none of them stands out."""
    known = sorted(set(candidates))
    if not known or soft.energy <= 0:
        return None
    codes = np.stack([coded_signs(each, key.tag_key) for each in known]).astype(np.float64)
    z = codes @ soft.sums / np.sqrt(soft.energy)
    best = int(z.argmax())
    by_chance = log_tail(float(z[best])) + math.log(len(known))
    # The likelihoods of two payloads differ by the expected score times the scores' difference.
    expected = max(0.0, _CAUTION * soft.promised_z)
    certainty = 1 / float(np.exp(expected * (z - z[best])).sum())
    least = min(_LEAST_SHARE * soft.promised_z, soft.promised_z - _SPREAD)
    enough = by_chance <= _BY_CHANCE and z[best] >= least
    return known[best] if enough and certainty >= _CERTAIN else None


def _likeliest(sums: NDArray[np.float64]) -> list[NDArray[np.uint8]]:
    """The best path around the trellis from each state, and of these the best few."""
    branches = sums.reshape(MESSAGE_BITS, len(GENERATORS)) @ branch_signs().T
    start = np.full((_STATES, _STATES), -np.inf)
    np.fill_diagonal(start, 0.0)
    metric = start.astype(np.float32)
    came = np.empty((MESSAGE_BITS, _STATES, _STATES), np.bool_)
    for index, branch in enumerate(branches.astype(np.float32)):
        metric, came[index] = _advance(metric, branch)
    ends = metric.diagonal()
    return [_trace(came, int(state)) for state in np.argsort(-ends)[:_LIST]]


def _advance(metric: Matrix, branch: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    """One bit for all starts (rows): a state is reached from two that differ in the oldest bit."""
    bits, old = _predecessors()
    even = metric[:, old] + branch[bits | old]
    odd = metric[:, old + 1] + branch[bits | old + 1]
    chosen = odd > even
    return np.where(chosen, odd, even), chosen


@cache
def _predecessors() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For every state: its newest bit on top of the register, and the even state before it."""
    states = np.arange(_STATES)
    newest = states >> MEMORY_BITS - 1
    return newest << MEMORY_BITS, states << 1 & _STATES - 1


def _trace(came: NDArray[np.bool_], start: int) -> NDArray[np.uint8]:
    state, bits = start, np.zeros(MESSAGE_BITS, np.uint8)
    for index in reversed(range(MESSAGE_BITS)):
        bits[index] = state >> MEMORY_BITS - 1
        state = (state << 1 & _STATES - 1) | int(came[index, start, state])
    return bits
