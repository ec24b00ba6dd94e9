"""Marked speech searched with keys of other households, other epochs and other periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import (
    EPOCH,
    HOUSEHOLD,
    KEY,
    Clip,
    mark_of,
    marked_with,
    periods_used,
)
from tests.bench.watermark_material import CLIP_S
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import detect
from voices.watermark.evidence import Pieces
from voices.watermark.features import at_analysis_rate, power_spectra, ripple
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import FAMILY_PERIODS, EpochKey, family_key

_LEVELS: Final = (0.5, 0.1, 0.01, 1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """What other keys make of marked speech; shares of p-values at most as large as stated."""

    keys: int
    searches: int
    marked: dict[str, float]
    unmarked: dict[str, float]
    smallest_p: float
    payloads_read: int
    """Of `keys` whole searches that were made to report something."""
    right_key_p: float


def strangers(clips: Sequence[Clip], num_keys: int) -> Strangers:
    """Keys of the other periods, of other households and of other epochs."""
    marks = [mark_of(KEY, number, f"stranger {number}") for number in range(len(clips))]
    marked = [marked_with(each.samples, KEY, mark) for each, mark in zip(clips, marks, strict=True)]
    keys = _other_keys(num_keys, marks)
    with_mark = _p_values(marked, keys)
    without = _p_values([clip.samples for clip in clips], keys)
    read = sum(
        detect(marked[i % len(marked)], RATE, [key], level=1.0, other_speeds=False).payload
        is not None
        for i, key in enumerate(keys)
    )
    return Strangers(
        keys=num_keys,
        searches=with_mark.size,
        marked=_shares(with_mark),
        unmarked=_shares(without),
        smallest_p=float(with_mark.min()),
        payloads_read=read,
        right_key_p=max(
            detect(each, RATE, periods_used(KEY, [mark], CLIP_S), other_speeds=False).p_value
            for each, mark in zip(marked, marks, strict=True)
        ),
    )


def _other_keys(count: int, marks: Sequence[UtteranceMark]) -> list[EpochKey]:
    random = np.random.default_rng(51)
    used = periods_used(KEY, marks, CLIP_S)
    periods = [key for key in map(KEY.period, range(FAMILY_PERIODS)) if key not in used]
    households = [family_key(random.bytes(32), EPOCH).period(0) for _ in range(count // 3)]
    left = count - len(periods) - len(households)
    return [
        *periods,
        *households,
        *(family_key(HOUSEHOLD, EPOCH + 1 + i).period(0) for i in range(left)),
    ]


def _p_values(clips: Sequence[Samples], keys: Sequence[EpochKey]) -> np.ndarray:
    patterns = [KeyPattern.of(key) for key in keys]
    found = []
    for clip in clips:
        pieces = Pieces(ripple(power_spectra(at_analysis_rate(clip, RATE), 1.0), 1.0))
        found += [np.exp(min(0.0, pieces.straight(pattern).log_p)) for pattern in patterns]
    return np.array(found)


def _shares(p_values: np.ndarray) -> dict[str, float]:
    return {f"{level:g}": float(np.mean(p_values <= level)) for level in _LEVELS}
