"""Signs that a sentence went wrong: too short, going round in circles, without an end.

The network has none of its own. Whoever gets a `Fault` tries again with another seed.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from hub_agent.gpt_sovits.t2s import MAX_TOKENS, Ending

TOKENS_PER_S: Final = 25
_PHONES_PER_S: Final = 10.0
"""Of slow speech; lively speech has 15."""
_PAUSES_S: Final = 0.5
_ROOM: Final = 2.0
"""How many times the expected length is still believed."""
_LEAST_TOKENS_PER_PHONE: Final = 0.8
"""31 phones a second: nobody speaks so quickly."""
_LONGEST_CYCLE: Final = 8
_LONGEST_REPETITION: Final = 2 * TOKENS_PER_S
"""Two seconds of the same: longer than any pause inside a sentence."""


class Fault(StrEnum):
    """What is wrong with the tokens of a sentence."""

    NEARLY_EMPTY = "nearly_empty"
    GOES_ROUND = "goes_round"
    NO_END = "no_end"


def token_limit(num_phones: int) -> int:
    """How many tokens `num_phones` phones (without the reference's) may take at most."""
    expected_s = num_phones / _PHONES_PER_S + _PAUSES_S
    return min(MAX_TOKENS, math.ceil(_ROOM * expected_s * TOKENS_PER_S))


def goes_round(tokens: Sequence[int]) -> bool:
    """Whether the last two seconds repeat at most eight tokens; ask while tokens come."""
    tail = tokens[-_LONGEST_REPETITION:]
    if len(tail) < _LONGEST_REPETITION:
        return False
    return any(tail[cycle:] == tail[:-cycle] for cycle in range(1, _LONGEST_CYCLE + 1))


def fault_of(tokens: Sequence[int], num_phones: int, ending: Ending) -> Fault | None:
    """What is wrong with a finished sentence of `num_phones` phones; None if nothing is."""
    if goes_round(tokens):
        return Fault.GOES_ROUND
    if ending is Ending.LIMIT:
        return Fault.NO_END
    if ending is Ending.END and len(tokens) < num_phones * _LEAST_TOKENS_PER_PHONE:
        return Fault.NEARLY_EMPTY
    return None
