"""The signs that one utterance lays on some of its cells: all of the key that a proof gives away.

Pilot cells are left out and the coded bits are multiplied in, so nothing else that was said in the
same week can be read or marked with them. Of the data cells only those are given whose bits depend
on the keyed tag: the others are much alike for all announcements of a voice, and where the patterns
of two overlap, one would pass for the other.
"""

import hashlib
from typing import Final

import numpy as np

from voices.watermark.grid import BLOCK_CHIPS, NUM_BANDS, PERIOD_CHIPS
from voices.watermark.keys import EpochKey
from voices.watermark.pattern import block
from voices.watermark.payload import (
    CODED_BITS,
    GENERATORS,
    MEMORY_BITS,
    PAYLOAD_BITS,
    Payload32,
    Signs,
    coded_signs,
)

CHIP_MS: Final = 16
_HEAD_BYTES: Final = 2
_MESSAGE_BIT: Final = np.arange(CODED_BITS) // len(GENERATORS)
_TAGGED: Final = (_MESSAGE_BIT >= PAYLOAD_BITS) | (_MESSAGE_BIT < MEMORY_BITS)
"""The tag follows the payload and the code goes round; newest and oldest bit are always tapped."""


def expected_signs(key: EpochKey, payload: Payload32, start_phase: int, duration_s: float) -> bytes:
    """The packed signs of an utterance's chips, whole milliseconds counted, one period at most."""
    coded = np.append(coded_signs(payload, key.tag_key) * _TAGGED, np.int8(0))
    count = _num_chips(duration_s)
    first, skipped = divmod(start_phase, BLOCK_CHIPS)
    num_blocks = -(-(skipped + count) // BLOCK_CHIPS)
    blocks = [block(key, index) for index in range(first, first + num_blocks)]
    signs = np.concatenate([each.signs * coded[each.roles] for each in blocks])
    return packed(signs[skipped : skipped + count])


def signs_digest(signs: bytes) -> str:
    """SHA-256 of packed signs, in hexadecimal: what the ended line of the audit log commits to."""
    return hashlib.sha256(signs).hexdigest()


def packed(signs: Signs) -> bytes:
    """Signs (-1, 0 and 1) of shape (chips, bands): their number, then two planes of bits."""
    planes = (np.packbits(signs > 0), np.packbits(signs < 0))
    return len(signs).to_bytes(_HEAD_BYTES, "big") + b"".join(each.tobytes() for each in planes)


def unpacked(data: bytes) -> Signs:
    """What `packed` packed; ValueError for any other bytes."""
    count = int.from_bytes(data[:_HEAD_BYTES], "big")
    size = -(-count * NUM_BANDS // 8)
    if not 1 <= count <= PERIOD_CHIPS or len(data) != _HEAD_BYTES + 2 * size:
        raise ValueError("these are no signs")
    planes = np.frombuffer(data, np.uint8, offset=_HEAD_BYTES).reshape(2, size)
    bits = np.unpackbits(planes, axis=1, count=count * NUM_BANDS).astype(np.int8)
    signs: Signs = (bits[0] - bits[1]).reshape(count, NUM_BANDS)
    if packed(signs) != data:
        raise ValueError("these are no signs")
    return signs


def _num_chips(duration_s: float) -> int:
    return min(PERIOD_CHIPS, max(1, -(-round(1000 * duration_s) // CHIP_MS)))
