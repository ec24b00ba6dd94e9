"""The integration as the agent runs it."""

import asyncio
from contextlib import ExitStack

from hub_agent.integration import AgentPort
from hub_agent.message_bus import MessageBus, shared_bus
from integrations.home_assistant.announcer import Announcer
from integrations.home_assistant.session import Pauses, Session
from integrations.home_assistant.settings import HomeAssistantSettings


class HomeAssistantIntegration:
    """Announces the agent at the `MessageBus` that is on offer; does nothing without one."""

    def __init__(
        self, settings: HomeAssistantSettings, agent: AgentPort, *, pauses: Pauses | None = None
    ) -> None:
        self._settings = settings
        self._agent = agent
        self._pauses = pauses or Pauses()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """See `Integration.run`."""
        with ExitStack() as ends:
            ends.callback(self._agent.exchange.watch(self._changed.set))
            ends.callback(self._agent.watch(self._changed.set))
            while True:
                self._changed.clear()
                bus = shared_bus(self._agent.exchange)
                if bus is None:
                    await self._changed.wait()
                else:
                    await self._announce_at(bus)

    def ready(self) -> bool:
        """See `Integration.ready`: whether the broker is there is the bus's matter."""
        return True

    async def _announce_at(self, bus: MessageBus) -> None:
        """Announce for as long as this bus is on offer."""
        with self._session(bus) as session:
            while True:
                await asyncio.sleep(self._pauses.gap)
                self._changed.clear()
                if shared_bus(self._agent.exchange) is not bus:
                    return
                session.announce()
                await self._changed.wait()

    def _session(self, bus: MessageBus) -> Session:
        return Session(
            Announcer(self._settings, self._agent, bus),
            bus,
            birth_topic=self._settings.birth_topic,
            changed=self._changed.set,
            pauses=self._pauses,
        )
