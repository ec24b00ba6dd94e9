"""The agent and its integrations as those see them who watch: web pages and service manager."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from hub_agent.adapters import Adapters
from hub_agent.agent import Agent
from hub_agent.integration import Listener
from hub_agent.notify import notify, watchdog_interval_s

STATUS_INTERVAL_S: Final = 5.0


class ObservedAgent:
    """Answers how things are; changes nothing."""

    def __init__(self, agent: Agent, adapters: Adapters) -> None:
        self._agent = agent
        self._adapters = adapters

    def ready(self) -> bool:
        """Whether announcements are spoken and every enabled integration is connected."""
        return self._agent.ready() and all(self._adapters.states().values())

    def health(self) -> Mapping[str, Any]:
        """The agent's report and the integrations' states."""
        return {**self._agent.health(), "integrations": dict(self._adapters.states())}

    def listen(self, listener: Listener) -> Callable[[], None]:
        """See `AgentPort.listen`."""
        return self._agent.listen(listener)

    async def tell_service_manager(self) -> None:
        """Feed the watchdog from the event loop and keep the status line true, for ever."""
        interval_s = min(watchdog_interval_s() or STATUS_INTERVAL_S, STATUS_INTERVAL_S)
        while True:
            notify("WATCHDOG=1", f"STATUS={status_line(self.health())}")
            await asyncio.sleep(interval_s)


def status_line(health: Mapping[str, Any]) -> str:
    """One line for `systemctl status`."""
    rooms: Mapping[str, Any] = health.get("rooms", {})
    speaking = sorted(room for room, report in rooms.items() if report.get("speaking"))
    away = sorted(name for name, state in health.get("integrations", {}).items() if not state)
    parts = [
        f"speaking in {', '.join(speaking)}" if speaking else f"ready, {_count(len(rooms), 'room')}"
    ]
    parts += [f"{name} not connected" for name in away]
    return "; ".join(parts)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
