"""Places for connections: where all are taken, whoever asks for nothing makes room."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

from aiohttp import web

MOST_CONNECTIONS: Final = 256
SILENT_S: Final = 75.0
"""How long a connection may ask for nothing although there is room."""

Connection: TypeAlias = web.RequestHandler


class Places:
    """Who is connected holds a place only while it is answered."""

    def __init__(self) -> None:
        self._held: set[Connection] = set()

    @contextmanager
    def held_by(self, request: web.Request) -> Iterator[None]:
        """Nobody takes this request's place."""
        self._held.add(request.protocol)
        try:
            yield
        finally:
            self._held.discard(request.protocol)

    def make_room(self, connections: Sequence[Connection]) -> bool:
        """Whether there is a place, if need be that of the oldest that nobody holds."""
        living = [each for each in connections if _lives(each)]
        if len(living) < MOST_CONNECTIONS:
            return True
        idle = next((each for each in living if each not in self._held), None)
        if idle is None or idle.transport is None:
            return False
        idle.transport.abort()
        return True


def _lives(connection: Connection) -> bool:
    return connection.transport is not None and not connection.transport.is_closing()
