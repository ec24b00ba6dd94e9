"""The server as the agent runs it: it listens, admits clients and ends with all of them."""

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Final, TypeAlias

import structlog
from wyoming.error import Error

from hub_agent.errors import UnavailableError
from hub_agent.exchange import NetworkService
from hub_agent.groups import single_cause
from hub_agent.integration import AgentPort
from hub_agent.networks import permitted
from integrations.wyoming.connection import Connection, peer_address
from integrations.wyoming.conversation import Conversation
from integrations.wyoming.framing import MAX_LINE_BYTES, encode
from integrations.wyoming.settings import PORTS, WyomingSettings
from integrations.wyoming.turns import Turns

log = structlog.get_logger(__name__)

SERVICE_TYPE: Final = "_wyoming._tcp"
MOST_CLIENTS: Final = 256
MOST_OF_ONE_ADDRESS: Final = 224
"""One machine that opens connections without end leaves the others some."""
BACKLOG: Final = 256
JUST_CAME_S: Final = 1.0
"""A client that was silent for longer makes room when all places are taken."""

OnClient: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


class WyomingIntegration:
    """Serves every client in a task of its own; `port` is the one it listens on."""

    def __init__(self, settings: WyomingSettings, agent: AgentPort) -> None:
        self._settings = settings
        self._agent = agent
        self._clients: dict[asyncio.Task[None], Conversation] = {}
        self.port: int | None = None

    async def run(self) -> None:
        """See `Integration.run`. Raises `UnavailableError` when the port cannot be had."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._serve(group)
        except BaseExceptionGroup as errors:
            raise single_cause(errors) from errors

    def ready(self) -> bool:
        """See `Integration.ready`."""
        return self.port is not None

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        turns = Turns()

        def on_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._admit(group, turns, reader, writer)

        host = self._settings.host
        server = await _listen(self._settings, on_client)
        self.port = port = int(server.sockets[0].getsockname()[1])
        withdraw = self._agent.exchange.offer(
            NetworkService(type=SERVICE_TYPE, port=port, host=host)
        )
        log.info("wyoming ready", host=host, port=port)
        try:
            await asyncio.Event().wait()
        finally:
            self.port = None
            withdraw()
            server.close()

    def _admit(
        self,
        group: asyncio.TaskGroup,
        turns: Turns,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if self.port is None:  # accepted while we leave
            writer.transport.abort()
            return
        address = peer_address(writer)
        if not permitted(address, self._settings.networks):
            _turn_away(writer, "not_from_here")
            return
        if not self._make_room(address):
            _turn_away(writer, "busy")
            return
        talk = Conversation(Connection(reader, writer), self._agent, self._settings, turns)
        client = group.create_task(talk.run(), name="wyoming.client")
        self._clients[client] = talk
        client.add_done_callback(lambda gone: self._clients.pop(gone, None))

    def _make_room(self, address: str) -> bool:
        """Whether there is a place, if need be that of whoever was silent longest."""
        crowd = [client for client, talk in self._clients.items() if talk.address == address]
        if len(crowd) < MOST_OF_ONE_ADDRESS:
            if len(self._clients) < MOST_CLIENTS:
                return True
            crowd = list(self._clients)
        silent_s = {client: self._clients[client].silent_s() for client in crowd}
        client = max(crowd, key=silent_s.__getitem__)
        if silent_s[client] < JUST_CAME_S:
            return False
        del self._clients[client]
        client.cancel()
        return True


def _turn_away(writer: asyncio.StreamWriter, reason: str) -> None:
    writer.write(encode(Error(text=reason.replace("_", " "), code=reason).event()))
    writer.close()


async def _listen(settings: WyomingSettings, on_client: OnClient) -> asyncio.Server:
    try:
        return await _bind(settings.host, settings.port, on_client)
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else "unknown reason"
        raise UnavailableError(
            f"cannot serve Wyoming clients on {settings.host}: {why}",
            hint="choose another port: HUB_AGENT__WYOMING__PORT=10201 hub-agent run",
            reason="port_unavailable",
        ) from error


async def _bind(host: str, port: int | None, on_client: OnClient) -> asyncio.Server:
    """On the port that is asked for, or else on the first free one of ours."""
    for candidate in PORTS[:-1] if port is None else ():
        try:
            return await _serve_on(host, candidate, on_client)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return await _serve_on(host, PORTS[-1] if port is None else port, on_client)


async def _serve_on(host: str, port: int, on_client: OnClient) -> asyncio.Server:
    return await asyncio.start_server(on_client, host, port, limit=MAX_LINE_BYTES, backlog=BACKLOG)
