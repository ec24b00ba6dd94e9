"""What is decided anew for every utterance before it is marked."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from voices.watermark.grid import CHIP_S, PERIOD_CHIPS
from voices.watermark.keys import EpochKey
from voices.watermark.payload import Payload32

VERSION: Final = 1
_ROOM_CHIPS: Final = 1_250
"""20 s: an utterance no longer than that lies in one period, and is found in one go."""
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class UtteranceMark:
    """The mark of one utterance; payload and epoch belong into the ledger."""

    payload: Payload32
    epoch: int
    start_phase: int
    """The chip of the pattern the utterance starts with."""


def issue(slot: int, number: int, key: EpochKey, sameness: bytes | None) -> UtteranceMark:
    """A mark for utterance `number` of the epoch in the voice of `slot`; see `place`."""
    return UtteranceMark(Payload32(VERSION, slot, number), key.epoch, place(key, sameness))


def place(key: EpochKey, sameness: bytes | None) -> int:
    """The chip of the pattern an utterance starts with.

    `sameness` is what determines its samples before they are marked, None where that is not known
    yet. The same audio gets the same place: copies that are averaged keep the mark and show
    nothing of it, where at places of their own they would lose it. Other audio lies elsewhere.
    """
    seed = secrets.token_bytes(_SEED_BYTES)
    if sameness is not None:
        seed = hmac.digest(key.tag_key, b"place|" + sameness, "sha256")
    room = PERIOD_CHIPS - _ROOM_CHIPS
    period, chip = divmod(int.from_bytes(seed, "big") % (key.num_periods * room), room)
    return period * PERIOD_CHIPS + chip


def periods_of(start_phase: int, duration_s: float | None) -> range:
    """The periods of the pattern an utterance lies in; two of them while its length is unknown."""
    chips = PERIOD_CHIPS if duration_s is None else int(duration_s / CHIP_S)
    return range(start_phase // PERIOD_CHIPS, (start_phase + chips) // PERIOD_CHIPS + 1)
