"""A sink nobody hears."""

from typing import Self

from hub_agent.audio.stage import Samples
from hub_agent.clock import Clock
from hub_agent.sinks.pacing import Pacer

_LEAD_MS = 200.0
"""As much as a loudspeaker's usual buffer."""


class NullSink:
    """Takes everything; `paced` takes it in real time, else at once."""

    def __init__(self, *, sample_rate: int, clock: Clock, paced: bool) -> None:
        self.name = "null"
        self.sample_rate = sample_rate
        self._pacer = Pacer(clock, sample_rate, _LEAD_MS) if paced else None

    @property
    def underruns(self) -> int:
        """See `Sink.underruns`."""
        return self._pacer.underruns if self._pacer else 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 – part of the contract
        """See `Sink.begin`."""
        if self._pacer:
            self._pacer.begin()

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        if self._pacer:
            await self._pacer.take(samples.size)

    async def finish(self) -> None:
        """See `Sink.finish`."""
        if self._pacer:
            await self._pacer.drain()

    async def cut(self, rest: Samples) -> int:  # noqa: ARG002 – part of the contract
        """See `Sink.cut`."""
        return self._pacer.forget() if self._pacer else 0

    def unplayed(self) -> int:
        """See `Sink.unplayed`."""
        return self._pacer.unplayed() if self._pacer else 0
