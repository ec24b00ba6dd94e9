"""The pages that need no token: who the agent is, and how to get one."""

import asyncio
from typing import Final

import structlog
from aiohttp import web

from hub_agent import __version__
from hub_agent.integration import AgentPort
from hub_agent.messages.fields import MAX_NAME_CHARS, bad
from integrations.web.answers import json_answer
from integrations.web.bodies import json_fields

log = structlog.get_logger(__name__)

API_VERSION: Final = 1


class PairingPages:
    """See `Pages`."""

    def __init__(self, agent: AgentPort) -> None:
        self._agent = agent

    def add_to(self, router: web.UrlDispatcher) -> None:
        """See `Pages`."""
        router.add_get("/api/v1/hello", self._hello)
        router.add_post("/api/v1/pair", self._pair)

    async def _hello(self, _request: web.Request) -> web.Response:
        agent_id = self._agent.agent_id
        return json_answer(
            {
                "hub_id": self._agent.hub_id,
                "agent_id": agent_id,
                "name": agent_id.replace("_", " ").title(),
                "version": __version__,
                "api": API_VERSION,
                "pairing": self._agent.access.pairing,
            }
        )

    async def _pair(self, request: web.Request) -> web.Response:
        """The client says its name for people who watch the wire; it is not kept."""
        fields = await json_fields(request)
        if fields.name("client", "client", max_chars=MAX_NAME_CHARS) is None:
            raise bad("client")
        fields.refuse_rest()
        access = self._agent.access
        if access.pairing:  # noted first: a disk that is full costs no pairing
            await asyncio.to_thread(access.note_pairing)
        token = access.pair()
        log.info("a program was paired")
        return json_answer({"token": token})
