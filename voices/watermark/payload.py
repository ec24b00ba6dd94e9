"""The 32 bits of an utterance, and the bits that are sent for them."""

import hmac
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

PAYLOAD_BITS: Final = 32
TAG_BITS: Final = 20
MESSAGE_BITS: Final = PAYLOAD_BITS + TAG_BITS
GENERATORS: Final = (0o557, 0o663, 0o711)
"""The best convolutional code of rate 1/3 with a memory of 8 bits; here its ends are joined."""
MEMORY_BITS: Final = 8
CODED_BITS: Final = len(GENERATORS) * MESSAGE_BITS

Bits = NDArray[np.uint8]
Signs = NDArray[np.int8]


@dataclass(frozen=True, slots=True, order=True)
class Payload32:
    """What the mark says: a version, the slot of the voice and the number of the utterance."""

    version: int
    slot: int
    number: int

    def __post_init__(self) -> None:
        for value, bits in ((self.version, 4), (self.slot, 4), (self.number, 24)):
            if not 0 <= value < 1 << bits:
                raise ValueError(f"{value} does not fit into {bits} bits")

    def __int__(self) -> int:
        return self.version << 28 | self.slot << 24 | self.number

    @classmethod
    def from_int(cls, value: int) -> Self:
        """The payload of 32 bits as an integer."""
        return cls(value >> 28, value >> 24 & 0xF, value & 0xFFFFFF)


def message_bits(payload: Payload32, tag_key: bytes) -> Bits:
    """Payload and keyed tag, the highest bit first."""
    return _bits(int(payload) << TAG_BITS | _tag(int(payload), tag_key), MESSAGE_BITS)


def read_message(bits: Bits, tag_key: bytes) -> Payload32 | None:
    """The payload of decoded bits; None when the tag is not that of this key."""
    value = int("".join(map(str, bits.tolist())), 2)
    payload, tag = value >> TAG_BITS, value & (1 << TAG_BITS) - 1
    return Payload32.from_int(payload) if tag == _tag(payload, tag_key) else None


def coded_signs(payload: Payload32, tag_key: bytes) -> Signs:
    """The `CODED_BITS` signs that are sent: +1 for a one, -1 for a zero."""
    bits = message_bits(payload, tag_key)
    signs = np.empty((MESSAGE_BITS, len(GENERATORS)), np.int8)
    state = int("".join(map(str, bits[-MEMORY_BITS:][::-1].tolist())), 2)
    for index, bit in enumerate(bits.tolist()):
        register = bit << MEMORY_BITS | state
        signs[index] = branch_signs()[register]
        state = register >> 1
    return signs.reshape(-1)


@cache
def branch_signs() -> Signs:
    """The three signs of every content of the register of nine bits, the newest bit on top."""
    registers = np.arange(1 << MEMORY_BITS + 1)
    signs = np.empty((registers.size, len(GENERATORS)), np.int8)
    for column, generator in enumerate(GENERATORS):
        tapped = registers & generator
        parity = np.bitwise_xor.reduce([tapped >> shift & 1 for shift in range(MEMORY_BITS + 1)])
        signs[:, column] = 2 * parity - 1
    return signs


def _tag(payload: int, tag_key: bytes) -> int:
    digest = hmac.digest(tag_key, payload.to_bytes(4, "big"), "sha256")
    return int.from_bytes(digest[:4], "big") >> 32 - TAG_BITS


def _bits(value: int, count: int) -> Bits:
    return np.array([value >> shift & 1 for shift in range(count)][::-1], np.uint8)
