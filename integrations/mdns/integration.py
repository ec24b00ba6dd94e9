"""The announcer as the agent runs it: follows what is on offer and where it can be reached."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from hub_agent.exchange import NetworkService
from hub_agent.integration import AgentPort
from integrations.mdns.addresses import home_addresses
from integrations.mdns.announcer import Announcer
from integrations.mdns.settings import MdnsSettings

log = structlog.get_logger(__name__)

LOOK_AGAIN_S: Final = 5.0
"""How soon another address of this machine is noticed."""
INSTANCE_DIGITS: Final = 4
HOST_DIGITS: Final = 8


class MdnsIntegration:
    """Announces every `NetworkService` on offer while it runs."""

    def __init__(
        self,
        settings: MdnsSettings,
        agent: AgentPort,
        *,
        addresses: Callable[[], tuple[str, ...]] = home_addresses,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        hub = agent.hub_id
        self._announcer = Announcer(
            instance=settings.name or f"Hub Agent {hub[:INSTANCE_DIGITS]}",
            host=f"hub-agent-{hub[:HOST_DIGITS]}",
        )
        self._exchange = agent.exchange
        self._addresses = addresses
        self._look_again_s = look_again_s
        self._reached = True

    async def run(self) -> None:
        """See `Integration.run`."""
        changed = asyncio.Event()
        unwatch = self._exchange.watch(changed.set)
        try:
            while True:
                changed.clear()
                await self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_again_s):
                        await changed.wait()
        finally:
            unwatch()
            await self._announcer.close()

    def ready(self) -> bool:
        """Always: there is no peer, and a hub without a network speaks too."""
        return True

    async def _look(self) -> None:
        addresses = await asyncio.to_thread(self._addresses)
        try:
            await self._announcer.show(self._exchange.offered(NetworkService), addresses)
        except OSError as error:  # the network goes while we look; it is looked at again soon
            await self._announcer.close()
            self._note(reached=False, why=(error.strerror or "unknown").lower())
        else:
            self._note(reached=bool(addresses), why="no address")

    def _note(self, *, reached: bool, why: str) -> None:
        """Once when lost and once when back."""
        if reached == self._reached:
            return
        self._reached = reached
        if reached:
            log.info("announcing on the network again")
        else:
            log.warning("nothing can be announced on the network", why=why)
