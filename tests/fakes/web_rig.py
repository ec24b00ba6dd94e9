"""The web integration of an agent, and somebody who asks it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

import aiohttp
from blockbuster import blockbuster_ctx

from hub_agent.exchange import NetworkService
from hub_agent.integration import AgentPort
from integrations.web.integration import WebIntegration
from integrations.web.settings import WebSettings
from tests.fakes.agent_port import ScriptedAgentPort

SERVICE = "_hub-agent._tcp"


class Answer:
    """What came back, completely read."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def reason(self) -> str | None:
        """Why it was refused, None when it was not."""
        return None if self.status < 400 else str(self.json["error"]["reason"])


class Asker:
    """A program on the same machine, with the token or without."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.token = token

    @property
    def headers(self) -> dict[str, str]:
        """Those that show the token."""
        return {"Authorization": f"Bearer {self.token}"}

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "",
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Ask with the token, another one, or (None) without; `body` is sent as JSON."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token or self.token}")
        if body is not None:
            options["json"] = body
        async with self.session.request(method, self.url + path, headers=sent, **options) as got:
            return Answer(got.status, got.headers, await got.read())

    async def get(self, path: str, **options: Any) -> Answer:
        """See `ask`."""
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """See `ask`."""
        return await self.ask("POST", path, body, **options)


@asynccontextmanager
async def asking(
    agent: AgentPort, *, networks: Sequence[str] | None = None, **settings: Any
) -> AsyncIterator[Asker]:
    """The integration of `agent` on a free port, and somebody to ask it.

    Under blockbuster where the agent is a scripted one: a whole agent looks up consents.
    """
    if networks is not None:
        settings["networks"] = tuple(networks)
    watched = isinstance(agent, ScriptedAgentPort)
    integration = WebIntegration(WebSettings(host="127.0.0.1", port=0, **settings), agent)
    with blockbuster_ctx("integrations") if watched else nullcontext():
        serving = asyncio.ensure_future(integration.run())
        try:
            port = await _port(agent, serving)
            token = await asyncio.to_thread(agent.access.load)
            async with aiohttp.ClientSession() as session:
                yield Asker(session, f"http://127.0.0.1:{port}", token)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


async def raw(asker: Asker, request: bytes) -> bytes:
    """What comes back for bytes that need be no HTTP."""
    port = int(asker.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read(1000)
    writer.close()
    return answer


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait until `condition` holds; raises `TimeoutError` when it does not in time."""
    async with asyncio.timeout(within_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


async def _port(agent: AgentPort, serving: "asyncio.Future[None]") -> int:
    while True:
        offers = [each for each in agent.exchange.offered(NetworkService) if each.type == SERVICE]
        if offers:
            return offers[0].port
        if serving.done():
            serving.result()
        await asyncio.sleep(0.001)
