"""What all outputs have in common that take raw 16-bit PCM and have no clock of their own."""

import contextlib
from abc import ABC, abstractmethod
from typing import Self

from hub_agent.audio.fade import fade_out
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.sinks.pacing import Pacer
from hub_agent.sinks.sink import CUT_FADE_MS


class PacedPcmSink(ABC):
    """Sends in real time, at most `lead_ms` ahead.

    The fade of a cut is part of the lead: a cut is over after `lead_ms`.
    """

    def __init__(self, *, name: str, sample_rate: int, clock: Clock, lead_ms: int) -> None:
        self.name = name
        self.sample_rate = sample_rate
        self._pacer = Pacer(clock, sample_rate, max(lead_ms - CUT_FADE_MS, lead_ms / 2))

    @property
    def underruns(self) -> int:
        """See `Sink.underruns`."""
        return self._pacer.underruns

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._close()

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 – part of the contract
        """See `Sink.begin`."""
        await self._open()
        self._pacer.begin()

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        await self._send(float_to_pcm16(samples))
        await self._pacer.take(samples.size)

    async def finish(self) -> None:
        """See `Sink.finish`."""
        await self._pacer.drain()

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`; what is under way already will be heard."""
        with contextlib.suppress(SinkError):
            await self._send(float_to_pcm16(fade_out(rest, self.sample_rate, CUT_FADE_MS)))
            self._pacer.count(rest.size)
        return 0

    def unplayed(self) -> int:
        """See `Sink.unplayed`."""
        return self._pacer.unplayed()

    @abstractmethod
    async def _open(self) -> None:
        """Open unless it is open; raises `SinkError`."""

    @abstractmethod
    async def _send(self, pcm: bytes) -> None:
        """Send all of it in bounded time; raises `SinkError`, also when nothing is open."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of what is open, if anything is."""
