"""What is decided anew for every utterance before it is marked."""

import secrets
from dataclasses import dataclass
from typing import Final

from voices.watermark.grid import PERIOD_CHIPS
from voices.watermark.payload import Payload32

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class UtteranceMark:
    """The mark of one utterance; payload and epoch belong into the ledger."""

    payload: Payload32
    epoch: int
    start_phase: int
    """The chip of the period the utterance starts with: nobody can lay two over each other."""


def issue(slot: int, number: int, epoch: int) -> UtteranceMark:
    """A mark for utterance `number` of the epoch in the voice of `slot`."""
    return UtteranceMark(Payload32(VERSION, slot, number), epoch, random_phase())


def random_phase() -> int:
    """A chip of the period to start with."""
    return secrets.randbelow(PERIOD_CHIPS)
