"""Follows the pattern through audio that was cut, joined, or is marked only in parts.

A hidden Markov model: a chip of audio is unmarked, or lies at one offset of the pattern; offsets
slip where a few samples are missing and jump where more are. The evidence is the mean, over all
such paths, of a likelihood ratio whose mean over keys is 1 for any unmarked audio; so it exceeds
a number n with a probability below 1/n (Markov's inequality), whatever the audio.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.correlator import NUM_OFFSETS, KeyPattern
from voices.watermark.features import Matrix, chip_ripple
from voices.watermark.grid import PERIOD_CHIPS

WEIGHTS: Final = (0.09, 0.2, 0.3)
"""Log-likelihood per sign and standard deviation: a mark after hard use, and fresh ones."""
LOG_MARGIN: Final = math.log(2)
"""A slip may hear half a chip twice; those paths are rare and bring less than this."""
_LEAVE: Final = 1 / 500
_ENTER: Final = 1 / 250
_JUMP: Final = 1 / 500
_SLIP: Final = 1 / 200
_SLIP_FRAMES: Final = (-3, -2, -1, 1, 2, 3, 4, 5)
_TINY: Final = np.float32(1e-30)


@dataclass(frozen=True, slots=True)
class Track:
    """What the tracker found. Arrays have one entry for each chip of the audio."""

    log_evidence: float
    presence: Matrix = field(repr=False)
    """How probably it is marked."""
    offsets: NDArray[np.intp] = field(repr=False)
    """The most probable offset, should it be."""
    certainty: Matrix = field(repr=False)
    """How probable that offset is."""


class Tracker:
    """One stretch of audio against one key, with one assumed clarity of the mark."""

    def __init__(self, frames: Matrix, pattern: KeyPattern, weight: float) -> None:
        self._likelihoods = _likelihoods(frames, pattern, weight)
        self._forward = np.empty_like(self._likelihoods)
        self._unmarked = np.empty(len(self._likelihoods), np.float64)

    def log_evidence(self) -> float:
        """The logarithm of the mean likelihood ratio over all paths."""
        marked = np.full(NUM_OFFSETS, 0.5 / NUM_OFFSETS, np.float32)
        unmarked, total = 0.5, 0.0
        for index, likelihood in enumerate(self._likelihoods):
            if index:
                marked, unmarked = _step(marked, unmarked)
            marked = marked * likelihood
            scale = float(marked.sum()) + unmarked
            marked /= np.float32(scale)
            unmarked /= scale
            total += math.log(scale)
            self._forward[index], self._unmarked[index] = marked, unmarked
        return total - LOG_MARGIN

    def track(self) -> Track:
        """Look at every chip in the light of all others."""
        evidence = self.log_evidence()
        count = len(self._likelihoods)
        presence, certainty = np.zeros(count, np.float32), np.zeros(count, np.float32)
        offsets = np.zeros(count, np.intp)
        marked, unmarked = np.ones(NUM_OFFSETS, np.float32), 1.0
        for index in reversed(range(count)):
            both = self._forward[index] * marked
            inside, outside = float(both.sum()), self._unmarked[index] * unmarked
            presence[index] = inside / (inside + outside + float(_TINY))
            offsets[index] = both.argmax()
            certainty[index] = both[offsets[index]] / (inside + float(_TINY))
            marked, unmarked = _step_back(marked * self._likelihoods[index], unmarked)
            scale = max(float(marked.max()), unmarked)
            marked, unmarked = marked / np.float32(scale), unmarked / scale
        return Track(evidence, presence, offsets, certainty)


def evidence_of(frames: Matrix, pattern: KeyPattern) -> tuple[float, float]:
    """The logarithm of the evidence over all `WEIGHTS`, and the weight that brought most."""
    each = [Tracker(frames, pattern, weight).log_evidence() for weight in WEIGHTS]
    best = max(each)
    mean = best + math.log(sum(math.exp(one - best) for one in each) / len(each))
    return mean, WEIGHTS[each.index(best)]


def clearest_track(frames: Matrix, pattern: KeyPattern) -> Track:
    """The track with the weight that fits; without evidence, the one that sees least."""
    evidence, weight = evidence_of(frames, pattern)
    return Tracker(frames, pattern, weight if evidence > 0 else WEIGHTS[-1]).track()


def _likelihoods(frames: Matrix, pattern: KeyPattern, weight: float) -> Matrix:
    """The ratio for each chip and offset, shape (chips, offsets); silent where audio ends."""
    count = max(1, len(frames) // 2)
    result = np.zeros((count, NUM_OFFSETS), np.float32)
    for phase in (0, 1):
        chips = chip_ripple(frames, phase)
        chips = chips * np.float32(weight / (chips.std() + 1e-9))
        fit = chips @ pattern.pilots.T - np.log(np.cosh(chips)) @ np.abs(pattern.pilots).T
        for index, row in enumerate(fit[:count]):
            result[index, phase::2] = np.roll(row, -(index + phase) % PERIOD_CHIPS)
    return np.exp(result, out=result)


def _step(marked: Matrix, unmarked: float) -> tuple[Matrix, float]:
    inside = float(marked.sum())
    slipped = _slipped(marked, 1)
    entering = (inside * _JUMP + unmarked * _ENTER) / NUM_OFFSETS
    stay = 1 - _LEAVE - _JUMP - _SLIP
    moved = marked * np.float32(stay) + slipped + np.float32(entering)
    return moved, unmarked * (1 - _ENTER) + inside * _LEAVE


def _step_back(marked: Matrix, unmarked: float) -> tuple[Matrix, float]:
    mean = float(marked.mean())
    stay = 1 - _LEAVE - _JUMP - _SLIP
    elsewhere = np.float32(mean * _JUMP + unmarked * _LEAVE)
    moved = marked * np.float32(stay) + _slipped(marked, -1) + elsewhere
    return moved, unmarked * (1 - _ENTER) + mean * _ENTER


def _slipped(marked: Matrix, direction: int) -> Matrix:
    reach = max(map(abs, _SLIP_FRAMES))
    wide = np.concatenate([marked[-reach:], marked, marked[:reach]])
    total = np.zeros_like(marked)
    for frames in _SLIP_FRAMES:
        start = reach - direction * frames
        total += wide[start : start + marked.size]
    return np.asarray(total * np.float32(_SLIP / len(_SLIP_FRAMES)), np.float32)
