"""How far a piece of work is."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float], None]
"""Called with 0 to 1 on the thread that works."""


def silent(_share: float) -> None:
    """Tell nobody."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of the work, which takes it from `start` to `end`."""
    return lambda share: progress(start + (end - start) * min(max(share, 0.0), 1.0))
