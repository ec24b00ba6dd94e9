"""The keyed pattern: which cells are pilot, which carry which coded bit, and their signs."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from numpy.typing import NDArray

from voices.watermark.grid import BLOCK_CHIPS, NUM_BANDS, PERIOD_BLOCKS
from voices.watermark.keys import EpochKey
from voices.watermark.payload import CODED_BITS, Signs

PILOT: Final = CODED_BITS
"""The role of a pilot cell; every other role is the index of a coded bit."""

_CELLS: Final = BLOCK_CHIPS * NUM_BANDS


@dataclass(frozen=True, slots=True)
class Block:
    """Cells of `BLOCK_CHIPS` chips, shape (chips, bands)."""

    signs: Signs
    roles: NDArray[np.intp]


def block(key: EpochKey, index: int) -> Block:
    """Block `index` of the pattern: each coded bit has exactly one cell of it, pilots the rest."""
    place = key.first_period * PERIOD_BLOCKS + index % (key.num_periods * PERIOD_BLOCKS)
    nonce = bytes(4) + place.to_bytes(12, "little")
    stream = Cipher(ChaCha20(key.pattern_key, nonce), mode=None).encryptor()
    noise = np.frombuffer(stream.update(bytes(8 * _CELLS)), "<u8")
    order = np.argsort(noise >> np.uint64(1), kind="stable")
    roles = np.full(_CELLS, PILOT, np.intp)
    roles[order[:CODED_BITS]] = np.arange(CODED_BITS)
    signs = ((noise & np.uint64(1)).astype(np.int8) << 1) - 1
    shape = BLOCK_CHIPS, NUM_BANDS
    return Block(signs.astype(np.int8).reshape(shape), roles.reshape(shape))


def marked_signs(key: EpochKey, index: int, coded: Signs) -> Signs:
    """Signs of the cells of block `index`, with the coded bits on the cells that carry them."""
    cells = block(key, index)
    return cells.signs * np.append(coded, np.int8(1))[cells.roles]
