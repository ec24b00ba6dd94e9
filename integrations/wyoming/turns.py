"""Whose turn it is to speak as fast as the machine can: few at once, others in their order."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Final

from hub_agent.errors import UnavailableError

MOST_AT_ONCE: Final = 16
MOST_OF_ONE_ADDRESS: Final = 8
"""One machine that asks for everything leaves the others half."""
MOST_AT_LEISURE: Final = 32
WAIT_S: Final = 120.0


class Turn:
    """One turn, while it is held."""

    def __init__(self, turns: "Turns", held: ExitStack) -> None:
        self._turns = turns
        self._held = held
        self._at_leisure = False

    def pass_on(self) -> None:
        """Let the next begin while this one goes on at the pace of its text or its reader.

        It then costs a thread and some memory; where too many do, it stays a turn.
        """
        if not self._at_leisure and self._turns.at_leisure < MOST_AT_LEISURE:
            self._at_leisure = True
            self._turns.at_leisure += 1
            self._held.close()

    def end(self) -> None:
        """Let the next begin."""
        self._turns.at_leisure -= self._at_leisure
        self._held.close()


class Turns:
    """Two queues, both first come first served: of one address, then of all."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self.at_leisure = 0
        self._wait_s = wait_s
        self._all = asyncio.Semaphore(MOST_AT_ONCE)
        self._of_address: dict[str, asyncio.Semaphore] = {}
        self._interested: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it. Raises `UnavailableError` when none comes in time."""
        self._interested[address] += 1
        try:
            with ExitStack() as held:
                await self._wait_for(held, address)
                turn = Turn(self, held)
                try:
                    yield turn
                finally:
                    turn.end()
        finally:
            self._forget(address)

    async def _wait_for(self, held: ExitStack, address: str) -> None:
        own = self._of_address.setdefault(address, asyncio.Semaphore(MOST_OF_ONE_ADDRESS))
        try:
            async with asyncio.timeout(self._wait_s):
                for queue in (own, self._all):
                    await queue.acquire()
                    held.callback(queue.release)
        except TimeoutError as error:
            raise UnavailableError("too many speak at once", reason="busy") from error

    def _forget(self, address: str) -> None:
        self._interested[address] -= 1
        if not self._interested[address]:
            del self._interested[address], self._of_address[address]
