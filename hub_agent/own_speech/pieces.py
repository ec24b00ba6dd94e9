"""A recording of any length as overlapping pieces that fit into memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.decode import Audio

Samples = NDArray[np.float32]

PIECE_S: Final = 300
OVERLAP_S: Final = 20
"""As long as what the detector looks at together: nothing is cut for all pieces."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a recording, and the part of it that no other piece sees from further inside."""

    samples: Samples = field(repr=False)
    sample_rate: int
    start_s: float
    own_start_s: float
    own_end_s: float


def pieces_of(blocks: Iterable[Audio]) -> Iterator[Piece]:
    """Cut a stream of blocks; only one piece is in memory."""
    held: list[Samples] = []
    num_held, start, rate = 0, 0, 0
    for block in blocks:
        rate = block.sample_rate
        held.append(block.samples)
        num_held += block.samples.size
        while num_held >= PIECE_S * rate:
            whole = np.concatenate(held)
            yield _piece(whole[: PIECE_S * rate], rate, start, is_last=False)
            held = [whole[(PIECE_S - OVERLAP_S) * rate :].copy()]
            num_held = held[0].size
            start += (PIECE_S - OVERLAP_S) * rate
    if rate:
        yield _piece(np.concatenate(held), rate, start, is_last=True)


def _piece(samples: Samples, rate: int, start: int, *, is_last: bool) -> Piece:
    start_s, end_s = start / rate, (start + samples.size) / rate
    return Piece(
        samples=samples,
        sample_rate=rate,
        start_s=start_s,
        own_start_s=start_s + OVERLAP_S / 2 if start else 0.0,
        own_end_s=end_s if is_last else end_s - OVERLAP_S / 2,
    )
