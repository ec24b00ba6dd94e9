"""Listening: connections in, pages out."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Protocol, Self

import structlog
from aiohttp import web

from hub_agent.errors import UnavailableError
from hub_agent.integration import AgentPort
from integrations.web.guard import Guard
from integrations.web.places import SILENT_S, Places
from integrations.web.settings import WebSettings
from integrations.web.tries import Tries

log = structlog.get_logger(__name__)

SHUTDOWN_TIMEOUT_S: Final = 0.5
MAX_REQUEST_BYTES: Final = 64 * 1024


class Pages(Protocol):
    """Pages that belong together."""

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register every one of them."""
        ...


class WebServer:
    """Serves `pages` while entered."""

    def __init__(self, agent: AgentPort, settings: WebSettings, pages: Iterable[Pages]) -> None:
        self._settings = settings
        self._places = Places()
        guard = Guard(settings, agent.access, Tries(agent.clock), self._places)
        app = web.Application(middlewares=[guard.middleware()], client_max_size=MAX_REQUEST_BYTES)
        for each in pages:
            each.add_to(app.router)
        self._runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            logger=_silent(),
            handler_cancellation=True,
            keepalive_timeout=SILENT_S,
            shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        )
        self._listener: asyncio.Server | None = None
        self.port = settings.port

    async def __aenter__(self) -> Self:
        """Listen; an address that cannot be had is an `UnavailableError`."""
        await self._runner.setup()
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                self._connection, self._settings.host, self._settings.port
            )
        except OSError as error:
            await self._runner.cleanup()
            raise _not_free(self._settings, error) from error
        self.port = int(self._listener.sockets[0].getsockname()[1])
        log.info("web ready", host=self._settings.host, port=self.port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop listening, end what is still being answered."""
        if self._listener is not None:
            self._listener.close()
        await self._runner.cleanup()

    def _connection(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is None or not self._places.make_room(server.connections):
            return _TurnedAway()
        return server()


def _silent() -> logging.Logger:
    """The HTTP library quotes what it cannot parse, which may be a token; we log what matters."""
    logger = logging.getLogger("integrations.web.unparsed")
    logger.disabled = True
    return logger


class _TurnedAway(asyncio.Protocol):
    """A connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _not_free(settings: WebSettings, error: OSError) -> UnavailableError:
    why = (error.strerror or "unknown reason").lower()
    return UnavailableError(
        f"cannot listen on {settings.host} port {settings.port}: {why}",
        hint="choose another port: HUB_AGENT__WEB__PORT=8732 hub-agent run",
        reason="port_unavailable",
    )
