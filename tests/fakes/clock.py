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
