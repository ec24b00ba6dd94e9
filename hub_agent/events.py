"""Tells everybody who listens what happens to announcements."""

from collections.abc import Callable

import structlog

from hub_agent.announcement import AnnouncementEvent
from hub_agent.integration import Listener

log = structlog.get_logger(__name__)


class EventHub:
    """Calls listeners in the order they came; one that fails disturbs nobody."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Subscribe; the returned function unsubscribes and may be called twice."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def emit(self, event: AnnouncementEvent) -> None:
        """Tell all."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 - one bad listener must not stop speech
                log.error("listener failed", error=type(error).__name__)
