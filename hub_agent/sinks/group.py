"""Several sinks as one room."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

import structlog

from hub_agent.audio.stage import Samples
from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.labels.label import Label
from hub_agent.sinks.sink import Sink, give_label

log = structlog.get_logger(__name__)

_BEGIN_PATIENCE_S = 4.0
"""Longer than a device may take to open."""

_PATIENCE_S = 2.0
_STUCK = "sink_stuck"
_STUCK_REST_S = 30.0
"""A member that hangs is not asked again at once: asking costs the room its patience."""


class SinkGroup:
    """Writes to all its members side by side; see `Sink`.

    A member that fails, or takes 2 s longer than the sound lasts, is left out until the next
    utterance; the room fails with the last member's `SinkError` when none is left.
    """

    def __init__(self, members: Sequence[Sink], *, name: str, clock: Clock) -> None:
        self.name = name
        self.sample_rate = members[0].sample_rate
        self._clock = clock
        self._members = tuple(members)
        self._rests_until: dict[int, float] = {}
        self._working: list[Sink] = []
        self._lost: set[int] = set()
        self._stack = AsyncExitStack()

    @property
    def underruns(self) -> int:
        """See `Sink.underruns`; of all members together."""
        return sum(member.underruns for member in self._members)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for member in self._members:
                await stack.enter_async_context(member)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    def take_label(self, label: Label) -> None:
        """See `LabelledSink.take_label`."""
        for member in self._members:
            give_label(member, label)

    async def begin(self, utterance_id: str) -> None:
        """See `Sink.begin`."""
        now = self._clock.monotonic()
        self._working = [m for m in self._members if self._rests_until.get(id(m), now) <= now]
        await self._all(lambda sink: sink.begin(utterance_id), _BEGIN_PATIENCE_S)
        for sink in self._working:
            self._say_back(sink)

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        await self._all(lambda sink: sink.write(samples), self._patience_s(samples.size))

    async def finish(self) -> None:
        """See `Sink.finish`."""
        await self._all(lambda sink: sink.finish(), self._patience_s(self.unplayed()))

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`; the member that has heard least counts."""
        unheard = [0]

        async def cut_one(sink: Sink) -> None:
            unheard.append(await sink.cut(rest))

        with contextlib.suppress(SinkError):
            await self._all(cut_one, _PATIENCE_S)
        return max(unheard)

    def unplayed(self) -> int:
        """See `Sink.unplayed`; of the member that has most."""
        return max((sink.unplayed() for sink in self._working), default=0)

    def _patience_s(self, num_samples: int) -> float:
        """Long enough to play what was written before and what is written now."""
        return _PATIENCE_S + (num_samples + self.unplayed()) / self.sample_rate

    async def _all(self, act: Callable[[Sink], Awaitable[None]], patience_s: float) -> None:
        if not self._working:
            raise SinkError("no loudspeaker of the room works", reason="room_silent")
        attempts = [(sink, _attempt(act(sink), patience_s)) for sink in self._working]
        errors = [
            (sink, error)
            for sink, error in zip(self._working, await _side_by_side(attempts), strict=True)
            if error is not None
        ]
        for sink, error in errors:
            self._leave_out(sink, error)
        if not self._working:
            raise errors[-1][1]

    def _leave_out(self, sink: Sink, error: SinkError) -> None:
        self._working.remove(sink)
        if error.reason == _STUCK:
            self._rests_until[id(sink)] = self._clock.monotonic() + _STUCK_REST_S
        if id(sink) not in self._lost:
            log.warning("sink left out", room=self.name, sink=sink.name, reason=error.reason)
        self._lost.add(id(sink))

    def _say_back(self, sink: Sink) -> None:
        if id(sink) in self._lost:
            log.info("sink back", room=self.name, sink=sink.name)
        self._lost.discard(id(sink))


async def _side_by_side(
    attempts: Sequence[tuple[Sink, Coroutine[Any, Any, SinkError | None]]],
) -> list[SinkError | None]:
    """All at once; a room with one sink, which is most of them, needs no task for it."""
    if len(attempts) == 1:
        return [await attempts[0][1]]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(attempt, name=sink.name) for sink, attempt in attempts]
    return [task.result() for task in tasks]


async def _attempt(work: Awaitable[None], patience_s: float) -> SinkError | None:
    try:
        async with asyncio.timeout(patience_s):
            await work
    except SinkError as error:
        return error
    except TimeoutError:
        return SinkError("the sink does not answer", reason=_STUCK)
    return None
