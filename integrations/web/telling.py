"""The page that tells what happens, as it happens."""

from typing import Final

import structlog
from aiohttp import web

from hub_agent.errors import RefusedError, UnavailableError
from hub_agent.integration import AgentPort
from hub_agent.peers import notice_lost_peers
from integrations.web.feed import Feed
from integrations.web.guard import shown_token
from integrations.web.limit import Limit

log = structlog.get_logger(__name__)

MOST_CLIENTS: Final = 16
EVENT_STREAM: Final = "text/event-stream"


class TellingPages:
    """See `Pages`."""

    def __init__(self, agent: AgentPort) -> None:
        self._agent = agent
        self._limit = Limit(MOST_CLIENTS, why="too many listen")

    def add_to(self, router: web.UrlDispatcher) -> None:
        """See `Pages`."""
        router.add_get("/api/v1/events", self._tell, allow_head=False)

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        with self._limit.one_more():
            return await self._serve(request)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": EVENT_STREAM, "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        if request.transport is not None:
            notice_lost_peers(request.transport.get_extra_info("socket"))
        token = shown_token(request)

        async def write(data: bytes) -> None:
            if not self._agent.access.admits(token):
                raise RefusedError("the token was renewed", reason="bad_token")
            await response.write(data)

        try:
            await Feed(self._agent).run(write)
        except (UnavailableError, RefusedError) as error:
            log.warning("a listener is dropped", reason=error.reason)
        except ConnectionError:
            log.debug("a listener has gone")
        if request.transport is not None:
            request.transport.abort()
        return response
