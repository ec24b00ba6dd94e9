"""Rooms in which nothing moves any more."""

from collections.abc import Mapping
from typing import Any, Final

STUCK_AFTER_S: Final = 30.0
"""A room that is at rest begins what waits within milliseconds."""
LONGEST_SPEECH_S: Final = 3600.0
"""The longest announcement at the slowest rate is over before."""


class StuckRooms:
    """Remembers since when something waits in a room that does not speak."""

    def __init__(self) -> None:
        self._waiting_since: dict[str, float] = {}

    def among(self, health: Mapping[str, Any], now: float) -> list[str]:
        """Rooms that speak without end, or have not begun what waits there for long."""
        rooms: Mapping[str, Any] = health.get("rooms", {})
        for room, report in rooms.items():
            if report.get("waiting") and not report.get("speaking"):
                self._waiting_since.setdefault(room, now)
            else:
                self._waiting_since.pop(room, None)
        idle = {room for room, since in self._waiting_since.items() if now - since > STUCK_AFTER_S}
        endless = {
            room
            for room, report in rooms.items()
            if (report.get("speaking_for_s") or 0.0) > LONGEST_SPEECH_S
        }
        return sorted(idle | endless)
