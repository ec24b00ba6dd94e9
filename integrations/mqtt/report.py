"""What the agent says of itself, retained: at every connection and when something changed."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from integrations.mqtt.outbox import Outgoing, Publish

HEALTH_PERIOD_S: Final = 60.0
HEALTH_GAP_S: Final = 2.0
"""So that a burst of announcements is one or two reports."""

STATE_PERIOD_S: Final = 5.0
"""For what changes without anybody telling, such as whether other integrations are connected."""

STATE_GAP_S: Final = 0.25

ALWAYS_CHANGING: Final = frozenset({"uptime_s"})


class RetainedReport:
    """Publishes what `read` returns, a mapping that JSON knows, whenever it differs.

    It looks when told to, at most once in `least_gap_s`, and every `period_s`; only then at
    `slow` keys too.
    """

    def __init__(
        self,
        topic: str,
        read: Callable[[], Mapping[str, Any]],
        *,
        period_s: float,
        least_gap_s: float,
        slow: Collection[str] = (),
    ) -> None:
        self._topic = topic
        self._read = read
        self._period_s = period_s
        self._least_gap_s = least_gap_s
        self._slow = slow
        self._hint = asyncio.Event()
        self._said: Mapping[str, Any] | None = None

    def look_again(self) -> None:
        """Something may have changed."""
        self._hint.set()

    def repeat(self) -> None:
        """Say it again even if nothing has changed."""
        self._said = None
        self._hint.set()

    async def run(self, publish: Publish) -> None:
        """Report until `publish` raises."""
        now = asyncio.get_running_loop().time
        self._said, due_at = None, now()
        while True:
            self._hint.clear()
            due, report = now() >= due_at, dict(self._read())
            if self._is_news(report, slowly=due):
                self._said = report
                await publish(Outgoing(topic=self._topic, payload=_encoded(report), retain=True))
                due = True
            if due:
                due_at = now() + self._period_s
            await asyncio.sleep(self._least_gap_s)
            await self._hinted_before(due_at)

    def _is_news(self, report: Mapping[str, Any], *, slowly: bool) -> bool:
        if self._said is None or slowly:
            return report != self._said
        return self._quick_part(report) != self._quick_part(self._said)

    def _quick_part(self, report: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: value for key, value in report.items() if key not in self._slow}

    async def _hinted_before(self, due_at: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(due_at):
                await self._hint.wait()


def _encoded(report: Mapping[str, Any]) -> bytes:
    return json.dumps(report, default=str, separators=(",", ":")).encode()
