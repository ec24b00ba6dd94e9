"""A player at work on a recording sink, and the story of its announcements."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub_agent.announcement import Announcement, AnnouncementEvent, AnnouncementResult, EventType
from hub_agent.announcing.announcement_queue import AnnouncementQueue
from hub_agent.announcing.delivery import Delivery
from hub_agent.announcing.ducking import Ducker
from hub_agent.announcing.performance import PATIENT, Patience
from hub_agent.announcing.player import Player
from hub_agent.announcing.tickets import Ticket, TicketDesk
from hub_agent.clock import Clock, SystemClock
from hub_agent.labels.labelling import Labelling
from hub_agent.listeners import Listeners
from hub_agent.settings.models import RoomSettings, SpeechSettings
from hub_agent.settings.sinks import NullSinkSettings
from hub_agent.voicing.speech_source import StockSource
from tests.fakes.engine import FakeEngine
from tests.fakes.marking import UNMARKED
from tests.fakes.sink import RecordingSink

ROOM = RoomSettings(sinks=(NullSinkSettings(type="null"),))


@dataclass
class Stage:
    """One player with everything around it."""

    engine: FakeEngine
    sink: RecordingSink
    queue: AnnouncementQueue
    player: Player
    desk: TicketDesk
    clock: Clock
    events: list[AnnouncementEvent] = field(default_factory=list)

    def put(self, announcement: Announcement) -> asyncio.Future[AnnouncementResult]:
        ticket = Ticket(announcement, "test", self.clock.monotonic())
        delivery = Delivery(
            announcement=announcement,
            source=StockSource(self.engine, self.engine.voices()[0], UNMARKED),
            language="en",
            accepted_at=ticket.accepted_at,
            room="kitchen",
        )
        self.desk.open(ticket, [delivery])
        self.player.put(delivery)
        return ticket.result

    def story(self, announcement_id: str) -> list[EventType]:
        return [event.type for event in self.events if event.id == announcement_id]


@asynccontextmanager
async def playing(
    sink: RecordingSink | None = None,
    *,
    room: RoomSettings = ROOM,
    size: int = 32,
    clock: Clock | None = None,
    patience: Patience = PATIENT,
) -> AsyncGenerator[Stage, None]:
    """A running player; at the end everything is cut."""
    clock, sink, engine, queue = (
        clock or SystemClock(),
        sink or RecordingSink(),
        FakeEngine(),
        AnnouncementQueue(size),
    )
    hub: Listeners[[AnnouncementEvent]] = Listeners()
    desk = TicketDesk(clock, hub)
    player = Player(
        "kitchen",
        room=room,
        speech=SpeechSettings(),
        queue=queue,
        sink=sink,
        clock=clock,
        listener=desk,
        ducker=Ducker(Path(), clock=clock),
        labelling=Labelling(clock=clock),
        patience=patience,
    )
    stage = Stage(engine, sink, queue, player, desk, clock)
    hub.add(stage.events.append)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(player.run())
        try:
            yield stage
        finally:
            engine.unstick.set()
            task.cancel()


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until `condition` holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)
