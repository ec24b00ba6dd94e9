"""How many requests of a kind are served at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub_agent.errors import UnavailableError


class Limit:
    """At most so many at a time; one more is told `busy`, with why."""

    def __init__(self, most: int, *, why: str) -> None:
        self._left = most
        self._why = why

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Counts while the block runs. Raises `UnavailableError`."""
        if self._left == 0:
            raise UnavailableError(self._why, hint="try again", reason="busy")
        self._left -= 1
        try:
            yield
        finally:
            self._left += 1
