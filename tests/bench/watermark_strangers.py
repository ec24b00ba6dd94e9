"""Marked speech searched with keys of other households and of other epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import EPOCH, HOUSEHOLD, KEY, Clip, fresh_mark, marked_with
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import detect
from voices.watermark.evidence import Pieces
from voices.watermark.features import at_analysis_rate, power_spectra, ripple
from voices.watermark.keys import EpochKey, epoch_key

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
    """Half of the keys are of other households, half of other epochs of the same."""
    keys = _other_keys(num_keys)
    random = np.random.default_rng(50)
    marked = [marked_with(clip.samples, KEY, fresh_mark(random)) for clip in clips]
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
        right_key_p=max(detect(each, RATE, [KEY], other_speeds=False).p_value for each in marked),
    )


def _other_keys(count: int) -> list[EpochKey]:
    random = np.random.default_rng(51)
    households = [epoch_key(random.bytes(32), EPOCH) for _ in range(count // 2)]
    epochs = [epoch_key(HOUSEHOLD, EPOCH + 1 + week) for week in range(count - count // 2)]
    return households + epochs


def _p_values(clips: Sequence[Samples], keys: Sequence[EpochKey]) -> np.ndarray:
    patterns = [KeyPattern.of(key) for key in keys]
    found = []
    for clip in clips:
        pieces = Pieces(ripple(power_spectra(at_analysis_rate(clip, RATE), 1.0), 1.0))
        found += [np.exp(min(0.0, pieces.straight(pattern).log_p)) for pattern in patterns]
    return np.array(found)


def _shares(p_values: np.ndarray) -> dict[str, float]:
    return {f"{level:g}": float(np.mean(p_values <= level)) for level in _LEVELS}
