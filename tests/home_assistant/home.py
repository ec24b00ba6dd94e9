"""A running, onboarded Home Assistant and the way into it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from tests.home_assistant.client import Client, connected, eventually
from tests.home_assistant.onboarding import onboard
from tests.home_assistant.program import Program


class Home:
    """One user's Home Assistant; her token outlives restarts."""

    def __init__(self, program: Program, token: str) -> None:
        self.program = program
        self._token = token

    def client(self) -> AbstractAsyncContextManager[Client]:
        """A connection of hers."""
        return connected(self.program.url, self._token)

    async def wait_until_running(self) -> None:
        """Wait until all that it starts with has been set up."""
        async with self.client() as client:
            await eventually(client.is_running, bool, within_s=60)

    @asynccontextmanager
    async def restarted(self) -> AsyncIterator[Client]:
        """Restart it as an update does, and connect."""
        await asyncio.to_thread(self.program.stop)
        await asyncio.to_thread(self.program.start)
        await self.wait_until_running()
        async with self.client() as client:
            yield client


@contextmanager
def running_home(program: Program) -> Iterator[Home]:
    """Start it, onboard its first user, and stop it in the end."""
    began = time.monotonic()
    with program:
        home = Home(program, asyncio.run(onboard(program.url)))
        asyncio.run(home.wait_until_running())
        program.running_after_s = time.monotonic() - began
        yield home
