"""Raw 16-bit PCM to a TCP server."""

import asyncio
import socket

import structlog

from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.sinks.paced_pcm import PacedPcmSink
from hub_agent.sinks.retry import Retry

log = structlog.get_logger(__name__)

_CONNECT_TIMEOUT_S = 2.0
_PATIENCE_S = 2.0
_SEND_BUFFER_BYTES = 4096
"""Small, so that little is under way when the sound is cut; the kernel doubles it."""


class TcpSink(PacedPcmSink):
    """Writes to a TCP server (a Snapcast `tcp://` source) in real time.

    `begin` connects when there is no connection, with pauses of at most 5 s between attempts.
    What the server sends is ignored.
    """

    def __init__(
        self, host: str, port: int, *, sample_rate: int, clock: Clock, lead_ms: int
    ) -> None:
        super().__init__(
            name=f"tcp:{host}:{port}", sample_rate=sample_rate, clock=clock, lead_ms=lead_ms
        )
        self._address = (host, port)
        self._retry = Retry(clock)
        self._connection: _Connection | None = None
        self._lost = False

    async def _open(self) -> None:
        if self._connection is None or self._connection.closed:
            self._close()
            await self._connect()

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

    async def _send(self, pcm: bytes) -> None:
        connection = self._connection
        try:
            if connection is None:
                raise ConnectionError
            async with asyncio.timeout(_PATIENCE_S):
                await connection.send(pcm)
        except OSError as error:
            self._close()
            self._say_lost()
            raise _away() from error

    def _close(self) -> None:
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
