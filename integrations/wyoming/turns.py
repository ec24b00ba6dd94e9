"""Whose turn it is to speak: few at once, the others in the order they came."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from hub_agent.errors import UnavailableError

MOST_AT_ONCE: Final = 16
MOST_OF_ONE_ADDRESS: Final = 8
"""One machine that never lets go leaves the others half."""
WAIT_S: Final = 120.0


class Turns:
    """Two queues, both first come first served: of one address, then of all."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._all = asyncio.Semaphore(MOST_AT_ONCE)
        self._of_address: dict[str, asyncio.Semaphore] = {}
        self._interested: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it. Raises `UnavailableError` when none comes in time."""
        self._interested[address] += 1
        try:
            own = self._of_address.setdefault(address, asyncio.Semaphore(MOST_OF_ONE_ADDRESS))
            async with AsyncExitStack() as held:
                await self._wait_for(held, own)
                yield
        finally:
            self._forget(address)

    async def _wait_for(self, held: AsyncExitStack, own: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._wait_s):
                await held.enter_async_context(own)
                await held.enter_async_context(self._all)
        except TimeoutError as error:
            raise UnavailableError("too many speak at once", reason="busy") from error

    def _forget(self, address: str) -> None:
        self._interested[address] -= 1
        if not self._interested[address]:
            del self._interested[address], self._of_address[address]
