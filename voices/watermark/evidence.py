"""How much one stretch of audio speaks for the mark of a key."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.alignment import soft_bits
from voices.watermark.correlator import NUM_OFFSETS, Heard, KeyPattern, best_fit, scores
from voices.watermark.features import Matrix
from voices.watermark.payload import Payload32, coded_signs
from voices.watermark.tails import log_tail
from voices.watermark.tracker import evidence_of

LEAST_PIECE_FRAMES: Final = 300
"""2.4 s: in a shorter piece only the whole audio is looked at."""
_STRAIGHT, _TRACKED, _LISTED = math.log(0.5), math.log(0.25), math.log(0.25)
"""What part of all false alarms each way of looking may cause."""
_LISTED_OFFSETS: Final = 16


@dataclass(frozen=True, slots=True)
class Evidence:
    """The logarithm of a p-value, and what it rests on."""

    log_p: float
    pattern: KeyPattern = field(repr=False)
    fixed_offset: int | None = None
    """Set where only the straight fit of all audio shows the mark: for the shortest clips."""


class Pieces:
    """The ripple of some audio, cut in halves, quarters and so on, ready for any key."""

    def __init__(self, frames: Matrix) -> None:
        self.frames = frames
        self._scales = [[Heard.of(piece) for piece in scale] for scale in _scales(frames)]

    def straight(self, pattern: KeyPattern) -> Evidence:
        """The best piece at one offset, corrected for everything that was tried."""
        best = min(
            log_tail(best_fit(piece, pattern).z) + math.log(len(scale))
            for scale in self._scales
            for piece in scale
        )
        tried = math.log(NUM_OFFSETS * len(self._scales))
        return Evidence(best + tried - _STRAIGHT, pattern)

    def tracked(self, pattern: KeyPattern) -> Evidence:
        """The evidence over all ways the audio may have been cut; slow."""
        evidence, _weight = evidence_of(self.frames, pattern)
        return Evidence(-evidence - _TRACKED, pattern)

    def listed(self, pattern: KeyPattern, codes: NDArray[np.float32]) -> Evidence:
        """Pilot and data together, for each issued payload, at the best offsets of all audio."""
        heard = self._scales[0][0]
        count = max(1, len(self.frames) // 2)
        best = Evidence(0.0, pattern)
        for offset in np.argsort(-scores(heard, pattern))[:_LISTED_OFFSETS]:
            soft = soft_bits(
                self.frames, pattern, np.full(count, offset), np.ones(count, np.float32)
            )
            data = float((codes @ soft.sums.astype(np.float32)).max())
            z = (data + soft.pilot_sum) / math.sqrt(soft.energy + soft.pilot_energy + 1e-12)
            log_p = log_tail(z) + math.log(NUM_OFFSETS * len(codes)) - _LISTED
            if log_p < best.log_p:
                best = Evidence(log_p, pattern, fixed_offset=int(offset))
        return best


def codes_of(pattern: KeyPattern, candidates: Sequence[Payload32]) -> NDArray[np.float32] | None:
    """The coded bits of issued payloads, shape (payloads, bits); None when there are none."""
    known = sorted(set(candidates))
    if not known:
        return None
    return np.stack([coded_signs(each, pattern.key.tag_key) for each in known]).astype(np.float32)


def _scales(frames: Matrix) -> Iterator[list[Matrix]]:
    parts = 1
    while parts == 1 or len(frames) // parts >= LEAST_PIECE_FRAMES:
        yield list(np.array_split(frames, parts))
        parts *= 2
