"""A Wyoming client as a sink: it takes samples as fast as it reads them."""

import asyncio
from collections.abc import Callable
from typing import Final

from wyoming.event import Event

from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.errors import SinkError, UnavailableError
from hub_agent.sinks.immediate import ImmediateSink
from integrations.wyoming.connection import Connection

SLOW_S: Final = 0.5
GRACE_S: Final = 10.0
SLOWEST: Final = 1.5
"""Times the duration of the sound: who plays it while reading is well within."""


class WyomingSink(ImmediateSink):
    """Sends each block (20 ms) as one event. See `Sink`.

    `on_slow` is told, again and again, of a client that reads more slowly than we speak, `on_cut`
    when no more is wanted. A client that takes far longer than the sound lasts is a `SinkError`.
    """

    name = "wyoming"

    def __init__(
        self,
        connection: Connection,
        sample_rate: int,
        *,
        on_slow: Callable[[], None],
        on_cut: Callable[[], None],
    ) -> None:
        self.sample_rate = sample_rate
        self._on_slow = on_slow
        self._on_cut = on_cut
        self._connection = connection
        self._format = {"rate": sample_rate, "width": 2, "channels": 1}
        self._sent = 0
        self._waited_s = 0.0

    async def write(self, samples: Samples) -> None:
        """See `Sink`; what is refused before its first sound has no `audio-start`."""
        if not self._sent:
            await self._send(Event(type="audio-start", data=self._format))
        self._sent += samples.size
        pcm = float_to_pcm16(samples)
        await self._send(Event(type="audio-chunk", data=self._format, payload=pcm))
        if self._waited_s > SLOW_S:
            self._on_slow()
        if self._waited_s > GRACE_S + SLOWEST * self._sent / self.sample_rate:
            raise SinkError("a client reads too slowly", reason="reader_too_slow")

    async def end(self) -> None:
        """All was spoken, and has its result: clients leave at this. Raises `UnavailableError`."""
        await self._connection.send(Event(type="audio-stop"))

    async def cut(self, rest: Samples) -> int:
        """See `Sink`."""
        self._on_cut()
        return await super().cut(rest)

    async def _send(self, event: Event) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        try:
            await self._connection.send(event)
        except UnavailableError as error:
            raise SinkError(str(error), reason=error.reason) from error
        self._waited_s += loop.time() - before
