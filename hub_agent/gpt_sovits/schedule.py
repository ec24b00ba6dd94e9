"""How many tokens are gathered before the decoder is asked again."""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

FIRST: Final = 12
"""From here on a sentence may end, so one that does at once is still unheard. With 6 tokens looked
ahead these are 240 ms of sound, which last until the next ones come."""
_GROWING: Final = (10, 14, 20)
_LARGEST: Final = 25
"""A second: larger ones hardly save anything."""


def chunk_sizes() -> Iterator[int]:
    """Small at first, for an early first sound, then larger, for less work. Without end."""
    return chain((FIRST, *_GROWING), repeat(_LARGEST))
