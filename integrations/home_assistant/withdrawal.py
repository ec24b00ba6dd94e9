"""What runs where the section is switched off: the device is taken back, once."""

import asyncio
from contextlib import ExitStack, suppress
from typing import Final

from hub_agent.integration import AgentPort
from hub_agent.message_bus import MessageBus, shared_bus
from integrations.home_assistant.announced import Announced
from integrations.home_assistant.controls import TIME, is_greeting
from integrations.home_assistant.settings import HomeAssistantSettings
from integrations.home_assistant.topics import DiscoveryTopics

EARLIER_MESSAGE_S: Final = 3.0
"""How long the broker may take to tell what was announced; it is silent where nothing was."""


class Withdrawal:
    """Empties what the first broker that can be had has kept of an earlier run, if anything."""

    def __init__(
        self,
        settings: HomeAssistantSettings,
        agent: AgentPort,
        *,
        earlier_message_s: float = EARLIER_MESSAGE_S,
    ) -> None:
        self._agent = agent
        self._topics = DiscoveryTopics(settings.discovery_prefix, agent.agent_id)
        self._earlier_message_s = earlier_message_s

    async def run(self) -> None:
        """See `IntegrationPlugin.withdraw`."""
        bus = await self._connected_bus()
        announced = await self._announced(bus)
        if announced is None:  # Home Assistant warns of removals of what it does not know
            return
        for key in filter(is_greeting, announced.tell(())):
            bus.publish(self._topics.single(TIME, key), b"", retain=True)
        bus.publish(self._topics.device, b"", retain=True)

    def ready(self) -> bool:
        """See `Integration.ready`."""
        return True

    async def _connected_bus(self) -> MessageBus:
        changed = asyncio.Event()
        with ExitStack() as ends:
            ends.callback(self._agent.exchange.watch(changed.set))
            while True:
                changed.clear()
                bus = shared_bus(self._agent.exchange)
                if bus is not None:
                    ends.callback(bus.on_connect(changed.set))
                    if bus.connected:
                        return bus
                await changed.wait()

    async def _announced(self, bus: MessageBus) -> Announced | None:
        announced, heard = Announced(), asyncio.Event()

        def hear(message: bytes) -> None:
            announced.remember(message)
            heard.set()

        with ExitStack() as ends, suppress(TimeoutError):
            ends.callback(bus.subscribe(self._topics.device, hear, retained=True))
            async with asyncio.timeout(self._earlier_message_s):
                await heard.wait()
        return announced if heard.is_set() else None
