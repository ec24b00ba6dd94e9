"""How long to wait before trying again."""

import random


class Backoff:
    """Pauses that double from `first_s` up to `most_s`.

    Each is shortened by a random share of at most `spread`, so that many agents do not come
    back in step.
    """

    def __init__(self, first_s: float, most_s: float, *, spread: float = 0.5) -> None:
        self._first_s = self._next_s = first_s
        self._most_s = most_s
        self._spread = spread

    def next_s(self) -> float:
        """The pause after one more failure."""
        pause_s, self._next_s = self._next_s, min(self._most_s, 2 * self._next_s)
        return spread(pause_s, self._spread)

    def reset(self) -> None:
        """It works: the next pause is the shortest again."""
        self._next_s = self._first_s


def spread(seconds: float, share: float = 0.5) -> float:
    """`seconds`, shortened by a random share of at most `share`."""
    return random.uniform(1 - share, 1) * seconds  # noqa: S311 - no secret
