"""Telling marked from unmarked speech without any key, by what the marker does to all speech.

Logistic regression on how fast levels change, how far, and how they change in the rhythm of the
chips; trained on some speakers, under keys of their own, and tried on others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.bench.watermark_attacks import Samples
from tests.bench.watermark_eavesdropper import Clip, band_levels, mark_of, marked_with
from voices.watermark.features import Matrix
from voices.watermark.grid import CHIP_S, HOP_S, NUM_BANDS
from voices.watermark.keys import family_key

_DENSITY: Final = 2.0
_FRAME_S: Final = HOP_S / _DENSITY
_SEGMENT: Final = 128
_POOLED: Final = 2
_GROUPS: Final = 3
_FOLDS: Final = 5
_RIDGE: Final = 1.0
_STEPS: Final = 30
_RESAMPLES: Final = 500

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well marked clips are told from unmarked ones; the interval holds 95 %."""

    length_s: float
    clips: int
    auc: float
    low: float
    high: float


def told_apart(clips: Sequence[Clip], length_s: float) -> Told:
    """Each clip with and without a mark of its own key; speakers tried are never trained on."""
    features, truth, speakers = _material(clips)
    scores = np.zeros(len(truth))
    names = np.unique(speakers)
    for fold in range(_FOLDS):
        held_out = np.isin(speakers, names[fold::_FOLDS])
        scores[held_out] = _logistic(features[~held_out], truth[~held_out], features[held_out])
    low, high = _interval(scores, truth, speakers)
    return Told(length_s=length_s, clips=len(clips), auc=_auc(scores, truth), low=low, high=high)


def _material(clips: Sequence[Clip]) -> tuple[Floats, NDArray[np.bool_], NDArray[np.str_]]:
    random = np.random.default_rng(21)
    rows, truth, speakers = [], [], []
    for number, clip in enumerate(clips):
        key = family_key(random.bytes(32), 1)
        mark = mark_of(key, number, f"clip {number}")
        for samples, is_marked in (
            (clip.samples, False),
            (marked_with(clip.samples, key, mark), True),
        ):
            rows.append(np.concatenate(list(_features(samples))))
            truth.append(is_marked)
            speakers.append(clip.speaker)
    return np.stack(rows), np.array(truth), np.array(speakers)


def _features(samples: Samples) -> Iterator[Floats]:
    levels = _levels(samples)
    for group in np.array_split(np.arange(NUM_BANDS), _GROUPS):
        part = levels[:, group]
        yield _modulation(part)
        yield _chip_rhythm(part)
        yield np.log([part.std(), np.abs(part).mean(), np.mean(part**4) ** 0.25])
    yield np.array([_correlation(levels[:, :-lag], levels[:, lag:]) for lag in (1, 2, 3)])
    yield np.array([_correlation(levels[:-lag], levels[lag:]) for lag in range(1, 17)])


def _levels(samples: Samples) -> Matrix:
    """In decibels, every 4 ms, less the mean of 70 ms around and of the bands."""
    levels = band_levels(samples, _DENSITY)
    window = np.ones(17) / 17
    smooth = np.apply_along_axis(np.convolve, 0, levels, window, "same")
    rough = levels - smooth
    rough -= rough.mean(axis=1, keepdims=True)
    return np.asarray(np.clip(rough, -12, 12), np.float32)


def _modulation(levels: Matrix) -> Floats:
    """The logarithm of the power at each rate of change, as a share of all."""
    starts = range(0, len(levels) - _SEGMENT + 1, _SEGMENT // 2)
    window = np.hanning(_SEGMENT)[:, None]
    powers = [np.abs(np.fft.rfft(levels[s : s + _SEGMENT] * window, axis=0)) ** 2 for s in starts]
    power = np.mean(powers, axis=(0, 2))[: _SEGMENT // 2].reshape(-1, _POOLED).sum(axis=1)
    return np.asarray(np.log(power / power.sum() + 1e-9))


def _chip_rhythm(levels: Matrix) -> Floats:
    """Levels jump where chips meet: how strongly the jumps pulse at the rate of the chips."""
    found = []
    for lag in (1, 2, 4):
        jumps = ((levels[lag:] - levels[:-lag]) ** 2).mean(axis=1)
        jumps = jumps / (np.convolve(jumps, np.ones(17) / 17, "same") + 1e-6)
        times_s = np.arange(len(jumps)) * _FRAME_S
        wave = np.exp(-2j * np.pi * times_s / CHIP_S)
        found.append(np.log(np.abs(np.mean(jumps * wave)) + 1e-4))
    return np.array(found)


def _correlation(first: Matrix, second: Matrix) -> float:
    return float(np.mean(first * second) / np.sqrt(np.mean(first**2) * np.mean(second**2)))


def _logistic(train: Floats, truth: NDArray[np.bool_], test: Floats) -> Floats:
    """Newton's method with a ridge; returns log odds."""
    mean, spread = train.mean(axis=0), train.std(axis=0) + 1e-9
    inputs, tried = (
        np.column_stack([(each - mean) / spread, np.ones(len(each))]) for each in (train, test)
    )
    ridge = _RIDGE * np.eye(inputs.shape[1])
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (truth - chance) - ridge @ weights
        curvature = (inputs.T * (chance * (1 - chance))) @ inputs + ridge
        weights += np.linalg.solve(curvature, slope)
    return np.asarray(tried @ weights)


def _auc(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """The chance that a marked clip scores higher than an unmarked one; ties count half."""
    gaps = scores[truth][:, None] - scores[~truth]
    return float(np.mean(gaps > 0) + np.mean(gaps == 0) / 2)


def _interval(
    scores: Floats, truth: NDArray[np.bool_], speakers: NDArray[np.str_]
) -> tuple[float, float]:
    """By drawing speakers anew: clips of one speaker are alike."""
    random = np.random.default_rng(22)
    names = np.unique(speakers)
    aucs = []
    for _ in range(_RESAMPLES):
        drawn = [np.flatnonzero(speakers == name) for name in random.choice(names, names.size)]
        rows = np.concatenate(drawn)
        aucs.append(_auc(scores[rows], truth[rows]))
    low, high = np.quantile(aucs, (0.025, 0.975))
    return float(low), float(high)
