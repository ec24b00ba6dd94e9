"""How many tokens are gathered before the decoder is asked again."""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

FIRST: Final = 14
"""With 4 tokens looked ahead and 11.5 frames that the generator sees: 170 ms of sound. Two tokens
fewer, or a look-ahead of 2, gain 15 to 30 ms; then half as much is heard, or latents stray from
what they would be at once by 4 to 6 % where it is half a percent now."""
_GROWING: Final = (10, 14, 20)
_LARGEST: Final = 25
"""A second: larger ones hardly save anything."""


def chunk_sizes() -> Iterator[int]:
    """Small at first, for an early first sound, then larger, for less work. Without end."""
    return chain((FIRST, *_GROWING), repeat(_LARGEST))
