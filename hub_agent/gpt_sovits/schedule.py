"""How many tokens are gathered before the decoder is asked again."""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

FIRST: Final = 14
_GROWING: Final = (14, 18)
_LARGEST: Final = 25
"""A second: larger ones hardly save anything."""


def chunk_sizes() -> Iterator[int]:
    """Small at first, for an early first sound, then larger, for less work. Without end."""
    return chain((FIRST, *_GROWING), repeat(_LARGEST))
