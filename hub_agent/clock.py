"""Time as a dependency, so that tests own it."""

import asyncio
import time
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds for durations, local wall time for people, and waiting."""

    def monotonic(self) -> float:
        """Seconds that never jump; comparable between processes of one boot on Linux."""
        ...

    def now(self) -> datetime:
        """Local wall time, with its zone."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The real time."""

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now().astimezone()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)
