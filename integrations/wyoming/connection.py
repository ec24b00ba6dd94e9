"""One TCP connection: events in and out, bounded in size and time."""

import asyncio
from contextlib import suppress
from typing import Final

from wyoming.event import Event

from hub_agent.errors import UnavailableError
from hub_agent.peers import hold_back_little, notice_lost_peers
from integrations.wyoming.framing import encode, read_event

MAX_UNSENT_BYTES: Final = 16 * 1024
"""Waiting in the process; as much again and more waits in the kernel."""
WRITE_S: Final = 10.0
LINGER_S: Final = 1.0


class Connection:
    """Sends whole events; `address` is the peer's, without port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.address = peer_address(writer)
        writer.transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        sock = writer.get_extra_info("socket")
        hold_back_little(sock)
        notice_lost_peers(sock)

    async def receive(self) -> Event | None:
        """See `read_event`."""
        return await read_event(self._reader)

    async def send(self, event: Event) -> None:
        """Send; waits for a peer that reads slowly.

        Raises `UnavailableError` where it has gone or reads nothing for `WRITE_S`.
        """
        self._writer.write(encode(event))
        try:
            async with asyncio.timeout(WRITE_S):
                await self._writer.drain()
        except TimeoutError as error:
            raise UnavailableError("a client does not read", reason="reader_stalled") from error
        except OSError as error:
            raise UnavailableError("a client has gone", reason="reader_gone") from error

    async def hang_up(self, last_words: Event) -> None:
        """Send and close; who does not take it within `LINGER_S` does without.

        What it still sends is thrown away meanwhile: the last words would get lost otherwise.
        """
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(LINGER_S):
                self._writer.write(encode(last_words))
                self._writer.write_eof()
                while await self._reader.read(MAX_UNSENT_BYTES):
                    pass
        self.abort()

    def abort(self) -> None:
        """Close at once."""
        self._writer.transport.abort()


def peer_address(writer: asyncio.StreamWriter) -> str:
    """The peer's IP address; empty when it has already gone."""
    name = writer.get_extra_info("peername")
    return str(name[0]) if name else ""
