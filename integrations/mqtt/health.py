"""The agent's report on `<base>/health`: retained, every minute and when something changed."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from integrations.mqtt.outbox import Outgoing, Publish

PERIOD_S = 60.0
LEAST_GAP_S = 2.0
"""So that a burst of announcements is one or two reports."""

_ALWAYS_CHANGING = frozenset({"uptime_s"})


class HealthReport:
    """Publishes what `read` returns, a mapping without personal data."""

    def __init__(
        self,
        topic: str,
        read: Callable[[], Mapping[str, Any]],
        *,
        period_s: float = PERIOD_S,
        least_gap_s: float = LEAST_GAP_S,
    ) -> None:
        self._topic = topic
        self._read = read
        self._period_s = period_s
        self._least_gap_s = least_gap_s
        self._hint = asyncio.Event()

    def look_again(self) -> None:
        """Something may have changed."""
        self._hint.set()

    async def run(self, publish: Publish) -> None:
        """Report until `publish` raises."""
        now = asyncio.get_running_loop().time
        said: Mapping[str, Any] | None = None
        due_at = now()
        while True:
            self._hint.clear()
            report = dict(self._read())
            state = {key: value for key, value in report.items() if key not in _ALWAYS_CHANGING}
            if now() >= due_at or state != said:
                await publish(Outgoing(topic=self._topic, payload=_encoded(report), retain=True))
                said, due_at = state, now() + self._period_s
            await asyncio.sleep(self._least_gap_s)
            await self._hinted_before(due_at)

    async def _hinted_before(self, due_at: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(due_at):
                await self._hint.wait()


def _encoded(report: Mapping[str, Any]) -> bytes:
    return json.dumps(report, default=str, separators=(",", ":")).encode()
