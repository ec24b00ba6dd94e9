"""Time that tests move by hand."""

import asyncio
from datetime import datetime, timedelta, timezone

UTC_PLUS_1 = timezone(timedelta(hours=1))


class FakeClock:
    """Starts at a Saturday noon; `advance` moves both clocks."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime(2026, 11, 21, 12, 0, tzinfo=UTC_PLUS_1)
        self._monotonic = 1000.0

    def monotonic(self) -> float:
        return self._monotonic

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)


class SteppedClock(FakeClock):
    """Sleepers wake when `advance` has come to their time; `set_wall` disturbs nobody's sleep."""

    def __init__(self, now: datetime | None = None) -> None:
        super().__init__(now)
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        sleeper = (self._monotonic + seconds, asyncio.Event())
        self._sleepers.append(sleeper)
        try:
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        for until, woken in self._sleepers:
            if until <= self._monotonic:
                woken.set()

    def set_wall(self, now: datetime) -> None:
        self._now = now

    @property
    def num_asleep(self) -> int:
        """How many sleep on."""
        return sum(not woken.is_set() for _, woken in self._sleepers)
