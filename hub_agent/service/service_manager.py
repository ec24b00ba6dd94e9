"""What the service manager is told about the agent."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from hub_agent.integration import AgentPort
from hub_agent.service.notify import notify, watchdog_interval_s

STATUS_INTERVAL_S: Final = 5.0


async def tell_service_manager(agent: AgentPort) -> None:
    """Feed the watchdog from the event loop and keep the status line true, for ever."""
    interval_s = min(watchdog_interval_s() or STATUS_INTERVAL_S, STATUS_INTERVAL_S)
    while True:
        notify("WATCHDOG=1", f"STATUS={status_line(agent.health())}")
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
