"""Raw 16-bit PCM to a TCP server."""

import asyncio
import contextlib
import socket
from typing import Self

import structlog

from hub_agent.audio.fade import fade_out
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.sinks.pacing import Pacer
from hub_agent.sinks.retry import Retry
from hub_agent.sinks.sink import CUT_FADE_MS

log = structlog.get_logger(__name__)

_CONNECT_TIMEOUT_S = 2.0
_PATIENCE_S = 2.0
_SEND_BUFFER_BYTES = 4096
"""Small, so that little is under way when the sound is cut; the kernel doubles it."""


class TcpSink:
    """Writes to a TCP server (a Snapcast `tcp://` source) in real time.

    `begin` connects when there is no connection, with pauses of at most 5 s between attempts.
    Writing runs at most `lead_ms` ahead, the fade of a cut included. What the server sends is
    ignored.
    """

    def __init__(
        self, host: str, port: int, *, sample_rate: int, clock: Clock, lead_ms: int
    ) -> None:
        self.name = f"tcp:{host}:{port}"
        self.sample_rate = sample_rate
        self._address = (host, port)
        self._pacer = Pacer(clock, sample_rate, max(lead_ms - CUT_FADE_MS, lead_ms / 2))
        self._retry = Retry(clock)
        self._connection: _Connection | None = None
        self._lost = False

    @property
    def underruns(self) -> int:
        """See `Sink.underruns`."""
        return self._pacer.underruns

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._drop()

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 – part of the contract
        """See `Sink.begin`."""
        if self._connection is None or self._connection.closed:
            self._drop()
            await self._connect()
        self._pacer.begin()

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        await self._send(samples)
        await self._pacer.take(samples.size)

    async def finish(self) -> None:
        """See `Sink.finish`."""
        await self._pacer.drain()

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`; what is under way already will be heard."""
        if self._connection is not None:
            with contextlib.suppress(SinkError):
                await self._send(fade_out(rest, self.sample_rate, CUT_FADE_MS))
                self._pacer.count(rest.size)
        return 0

    def unplayed(self) -> int:
        """See `Sink.unplayed`."""
        return self._pacer.unplayed()

    async def _connect(self) -> None:
        if not self._retry.due():
            raise _away()
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                _, self._connection = await asyncio.get_running_loop().create_connection(
                    _Connection, *self._address
                )
        except OSError as error:  # TimeoutError is one
            self._retry.failed()
            self._say_lost()
            raise _away() from error
        self._retry.worked()
        if self._lost:
            log.info("sound server back", sink=self.name)
        self._lost = False

    async def _send(self, samples: Samples) -> None:
        connection = self._connection
        try:
            if connection is None:
                raise ConnectionError
            async with asyncio.timeout(_PATIENCE_S):
                await connection.send(float_to_pcm16(samples))
        except OSError as error:
            self._drop()
            self._say_lost()
            raise _away() from error

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()

    def _say_lost(self) -> None:
        if not self._lost:
            log.warning("sound server lost", sink=self.name)
        self._lost = True


class _Connection(asyncio.Protocol):
    """One connection: sends with back-pressure and notices the end."""

    def __init__(self) -> None:
        self.closed = False
        self._room = asyncio.Event()
        self._room.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 – what TCP gives
        self._transport = transport
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 – asyncio's
        self.closed = True
        self._room.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    async def send(self, data: bytes) -> None:
        """Send, and return when the kernel has taken everything."""
        self._transport.write(data)
        await self._room.wait()
        if self.closed:
            raise ConnectionError

    def abort(self) -> None:
        self._transport.abort()


def _away() -> SinkError:
    return SinkError(
        "the sound server is away",
        hint="check its host and port, and that it is running",
        reason="server_away",
    )
