"""A Wyoming server in the test's own loop, and clients of it, polite and not."""

import asyncio
from collections.abc import AsyncGenerator, Container
from contextlib import asynccontextmanager, nullcontext
from typing import Any, Self

from blockbuster import blockbuster_ctx
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from hub_agent.exchange import NetworkService
from hub_agent.integration import AgentPort
from integrations.wyoming.framing import encode
from integrations.wyoming.integration import WyomingIntegration
from integrations.wyoming.settings import WyomingSettings
from tests.fakes.playing import until

HOST = "127.0.0.1"
PATIENCE_S = 30.0


@asynccontextmanager
async def serving(
    agent: AgentPort, *, watched: bool = True, **settings: Any
) -> AsyncGenerator[WyomingIntegration, None]:
    """The integration, listening; no task of it may break. `watched`: under blockbuster."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    section = WyomingSettings.model_validate({"host": HOST, "port": 0} | settings)
    server = WyomingIntegration(section, agent)
    with blockbuster_ctx("integrations") if watched else nullcontext():
        running = asyncio.ensure_future(server.run())
        try:
            await until(lambda: server.ready() or running.done())
            yield server
        finally:
            running.cancel()
            await asyncio.wait({running})
    if not running.cancelled():
        running.result()
    assert complaints == []
    assert agent.exchange.offered(NetworkService) == ()


class Caller:
    """The `wyoming` package's own client, with a few words for what tests ask of it."""

    def __init__(self, server: WyomingIntegration) -> None:
        assert server.port is not None
        self._client = AsyncTcpClient(HOST, server.port)

    async def __aenter__(self) -> Self:
        await self._client.connect()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.disconnect()

    async def send(self, *events: Event) -> None:
        for event in events:
            await self._client.write_event(event)

    async def receive(self) -> Event | None:
        async with asyncio.timeout(PATIENCE_S):
            return await self._client.read_event()

    async def receive_until(self, last: Container[str]) -> list[Event]:
        """Everything up to one of those types, or to the end."""
        events = []
        while (event := await self.receive()) is not None:
            events.append(event)
            if event.type in last:
                break
        return events

    async def ask(self, *events: Event) -> list[Event]:
        """Everything that comes until the speech has ended well or badly."""
        await self.send(*events)
        last = "synthesize-stopped" if events[0].type == "synthesize-start" else "audio-stop"
        return await self.receive_until({last, "error"})


def classic(text: str, **voice: str) -> Event:
    """A request in one event."""
    return Event(type="synthesize", data={"text": text} | ({"voice": voice} if voice else {}))


def dialogue(*pieces: str, **voice: str) -> list[Event]:
    """A request as Home Assistant sends it."""
    start: dict[str, Any] = {"voice": voice} if voice else {}
    return [
        Event(type="synthesize-start", data=start),
        *(Event(type="synthesize-chunk", data={"text": piece}) for piece in pieces),
        classic("".join(pieces)),
        Event(type="synthesize-stop"),
    ]


class RawClient:
    """Sends whatever bytes it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, event: Event) -> None:
        self.writer.write(encode(event))

    async def rest(self) -> bytes:
        """All that comes until the server hangs up."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except OSError:
                return b""


@asynccontextmanager
async def raw_client(server: WyomingIntegration) -> AsyncGenerator[RawClient, None]:
    """A connection."""
    reader, writer = await asyncio.open_connection(HOST, server.port)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()


def kinds(events: list[Event]) -> list[str]:
    """Their types, repeats told once."""
    types = [event.type for event in events]
    return [kind for place, kind in enumerate(types) if types[place - 1 : place] != [kind]]


def pcm_of(events: list[Event]) -> bytes:
    """The sound in them."""
    return b"".join(event.payload or b"" for event in events if event.type == "audio-chunk")
