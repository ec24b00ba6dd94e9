"""An agent that keeps what it is told and answers as it was told to."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

from hub_agent.access import Access
from hub_agent.announcement import (
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
    EventType,
    Outcome,
)
from hub_agent.clock import Clock, SystemClock
from hub_agent.errors import NotFoundError
from hub_agent.exchange import Exchange
from hub_agent.greetings.greeting import Greeting
from hub_agent.integration import Listener
from hub_agent.listeners import Listeners
from hub_agent.preferences import Preferences
from hub_agent.sinks.sink import Sink
from hub_agent.state import AgentState, RoomState, VaultState, status_of
from voices.purpose import Purpose
from voices.voice import Voice

HUB_ID = "0123456789abcdef" * 2
RATE = 22_050


class ScriptedAgentPort:
    """An `AgentPort`. With `answer`, every first announcement of an id has that outcome at once."""

    def __init__(
        self,
        *,
        answer: Outcome | None = None,
        rooms: Sequence[str] = ("home", "kitchen"),
        clock: Clock | None = None,
        data_dir: Path = Path("/nowhere"),
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.exchange = Exchange()
        self.access = Access(data_dir / "web.token", data_dir / "web.paired", self.clock)
        self.changes: Listeners[[]] = Listeners()
        self.preferred = Preferences()
        self.known_voices: Sequence[Voice] = ()
        self.known_greetings: list[Greeting] = []
        self.greeted: list[str] = []
        self.answer = answer
        self.submitted: list[Announcement] = []
        self.rejected: list[tuple[str, str]] = []
        self.stopped: list[tuple[tuple[str, ...], str | None]] = []
        self.origins: set[str] = set()
        self.broken = False
        self.report: dict[str, Any] = {"version": "0", "state": "ready", "uptime_s": 1.0}
        self._ids: set[str] = set()
        self._rooms = tuple(rooms)
        self._listeners: list[Listener] = []

    @property
    def agent_id(self) -> str:
        return "test_agent"

    @property
    def hub_id(self) -> str:
        return HUB_ID

    def submit(self, announcement: Announcement, *, origin: str) -> None:
        if self.broken:
            raise ZeroDivisionError
        self.submitted.append(announcement)
        self.origins.add(origin)
        known = announcement.id in self._ids
        self._ids.add(announcement.id)
        if known:
            self.finish(announcement.id, Outcome.DUPLICATE, origin=origin)
        elif self.answer is not None:
            self.emit(AnnouncementEvent(type=EventType.QUEUED, id=announcement.id, origin=origin))
            self.finish(announcement.id, self.answer, origin=origin)

    async def say(self, announcement: Announcement, *, origin: str) -> AnnouncementResult:
        result: asyncio.Future[AnnouncementResult] = asyncio.get_running_loop().create_future()
        submitted = False

        def listen(event: AnnouncementEvent) -> None:
            mine = (event.id, event.origin) == (announcement.id, origin)
            if not mine or event.result is None or result.done():
                return
            if event.result.outcome is not Outcome.DUPLICATE or not submitted:
                result.set_result(event.result)

        unsubscribe = self.listen(listen)
        try:
            self.submit(announcement, origin=origin)
            submitted = True
            return await result
        finally:
            unsubscribe()

    def reject(self, announcement_id: str, reason: str, *, origin: str) -> None:
        self.rejected.append((announcement_id, reason))
        self.origins.add(origin)
        self.finish(announcement_id, Outcome.REJECTED, reason=reason, origin=origin)

    def stop(self, *, rooms: Sequence[str] = (), announcement_id: str | None = None) -> int:
        self.stopped.append((tuple(rooms), announcement_id))
        return 0

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def rooms(self) -> Sequence[str]:
        return self._rooms

    def default_room(self) -> str:
        return self._rooms[0]

    def voices(self) -> Sequence[Voice]:
        return self.known_voices

    def voices_for(self, purpose: Purpose, *, origin: str) -> Sequence[Voice]:  # noqa: ARG002
        return self.known_voices

    async def say_to(
        self,
        announcement: Announcement,
        sink: Sink,
        *,
        origin: str,
        pieces: Iterable[str] | None = None,
    ) -> AnnouncementResult:
        raise NotImplementedError

    def sample_rate_of(self, announcement: Announcement) -> int:  # noqa: ARG002
        return RATE

    def preferences(self) -> Preferences:
        return self.preferred

    def prefer(self, preferences: Preferences) -> None:
        self.preferred = preferences
        self.changes.tell()

    def greetings(self) -> Sequence[Greeting]:
        return tuple(self.known_greetings)

    def set_greeting(
        self, name: str, *, time: time | None = None, enabled: bool | None = None
    ) -> None:
        place = self._place_of_greeting(name)
        old = self.known_greetings[place]
        self.known_greetings[place] = replace(
            old,
            time=old.time if time is None else time,
            enabled=old.enabled if enabled is None else enabled,
        )
        self.changes.tell()

    def greet(self, name: str, *, announcement_id: str) -> None:
        self._place_of_greeting(name)
        self.greeted.append(name)
        self.finish(announcement_id, Outcome.SPOKEN, origin="greetings")

    def _place_of_greeting(self, name: str) -> int:
        for place, greeting in enumerate(self.known_greetings):
            if greeting.name == name:
                return place
        raise NotFoundError("there is no such greeting", reason="unknown_greeting")

    def state(self) -> AgentState:
        rooms = {name: RoomState(speaking=False, waiting=0, quiet=False) for name in self._rooms}
        preferred = self.preferred
        return AgentState(
            status=status_of(rooms),
            rooms=rooms,
            voice=None,
            volume=preferred.volume,
            quiet=preferred.quiet,
            engine="embedded",
            language="en-us",
            vault=VaultState.NONE,
        )

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self.changes.add(listener)

    def ready(self) -> bool:
        return True

    def health(self) -> Mapping[str, Any]:
        return dict(self.report)

    @property
    def num_listeners(self) -> int:
        return len(self._listeners)

    def emit(self, event: AnnouncementEvent) -> None:
        """Tell every listener."""
        for listener in tuple(self._listeners):
            listener(event)

    def finish(
        self,
        announcement_id: str,
        outcome: Outcome,
        *,
        reason: str | None = None,
        origin: str = "mqtt",
    ) -> None:
        """The one result of an announcement."""
        result = AnnouncementResult(
            id=announcement_id, outcome=outcome, reason=reason, rooms={"home": outcome}
        )
        self.emit(
            AnnouncementEvent(
                type=EventType.RESULT, id=announcement_id, origin=origin, result=result
            )
        )
