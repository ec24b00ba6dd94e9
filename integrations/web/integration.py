"""The server as the agent runs it."""

import asyncio
from contextlib import ExitStack

from prometheus_client import CollectorRegistry

from hub_agent import __version__
from hub_agent.exchange import NetworkService
from hub_agent.integration import AgentPort
from integrations.web.announcing import AnnouncingPages
from integrations.web.household import HouseholdPages
from integrations.web.metrics import Metrics
from integrations.web.observing import ObservingPages
from integrations.web.pairing import API_VERSION, PairingPages
from integrations.web.server import Pages, WebServer
from integrations.web.settings import WebSettings
from integrations.web.speaking import SpeakingPages
from integrations.web.telling import TellingPages

SERVICE_TYPE = "_hub-agent._tcp"


class WebIntegration:
    """See `Integration`."""

    def __init__(self, settings: WebSettings, agent: AgentPort) -> None:
        self._settings = settings
        self._agent = agent
        self._listening = False

    async def run(self) -> None:
        """See `Integration.run`."""
        await asyncio.to_thread(self._agent.access.load)
        if not await asyncio.to_thread(self._agent.access.was_paired):
            self._agent.access.open_pairing(60.0 * self._settings.pairing_minutes)
        metrics = Metrics(CollectorRegistry(), self._agent.health)
        with ExitStack() as stack:
            stack.callback(self._agent.listen(metrics.listen))
            async with WebServer(self._agent, self._settings, self._pages(metrics)) as server:
                stack.callback(self._agent.exchange.offer(self._service(server.port)))
                await self._serve()

    def ready(self) -> bool:
        """See `Integration.ready`."""
        return self._listening

    async def _serve(self) -> None:
        self._listening = True
        try:
            await asyncio.Event().wait()
        finally:
            self._listening = False

    def _pages(self, metrics: Metrics) -> list[Pages]:
        agent = self._agent
        return [
            ObservingPages(agent, metrics),
            PairingPages(agent),
            HouseholdPages(agent),
            AnnouncingPages(agent),
            SpeakingPages(agent),
            TellingPages(agent),
        ]

    def _service(self, port: int) -> NetworkService:
        properties = {"id": self._agent.hub_id, "version": __version__, "api": str(API_VERSION)}
        return NetworkService(
            type=SERVICE_TYPE, port=port, host=self._settings.host, properties=properties
        )
