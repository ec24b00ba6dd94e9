"""Percentiles and paired ratios."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_RESAMPLES = 1000
_SEED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A distribution in a few numbers, in the unit of its values."""

    n: int
    minimum: float
    p50: float
    p90: float
    p99: float
    maximum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The median of paired ratios with a 95 % bootstrap interval."""

    n: int
    median: float
    low: float
    high: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summarise(values: Sequence[float]) -> Summary:
    """Describe at least one value."""
    return Summary(
        n=len(values),
        minimum=min(values),
        p50=median(values),
        p90=percentile(values, 90),
        p99=percentile(values, 99),
        maximum=max(values),
    )


def paired_ratio(theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """How many times larger theirs is, pair by pair, so that slow spells of the machine cancel."""
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    rng = random.Random(_SEED)
    medians = [median(rng.choices(ratios, k=len(ratios))) for _ in range(_RESAMPLES)]
    return Ratio(
        n=len(ratios),
        median=median(ratios),
        low=percentile(medians, 2.5),
        high=percentile(medians, 97.5),
    )


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The least-squares slope of y over x; 0 for fewer than two distinct x."""
    mean_x = sum(xs) / len(xs)
    mean_y = sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    if spread == 0:
        return 0.0
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
