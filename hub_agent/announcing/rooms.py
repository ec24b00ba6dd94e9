"""All rooms of the agent: opening, addressing, changing and closing them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog

from hub_agent.announcement import ALL_ROOMS, Outcome, Priority
from hub_agent.announcing.announcement_queue import AnnouncementQueue
from hub_agent.announcing.delivery import Ending
from hub_agent.announcing.ducking import Ducker
from hub_agent.announcing.player import DeliveryListener, Player
from hub_agent.clock import Clock
from hub_agent.errors import NotFoundError
from hub_agent.labels.labelling import Labelling
from hub_agent.preferences import Preferences
from hub_agent.settings.models import CoreSettings
from hub_agent.sinks.make import make_group
from hub_agent.state import RoomState

log = structlog.get_logger(__name__)

RELOAD_DEADLINE_S = 5.0
CUT_DEADLINE_S = 1.0
"""A cut fades out and flushes within a tenth of a second where the sink still answers."""


class Room:
    """A player at work and the queue that outlives it."""

    def __init__(
        self, player: Player, queue: AnnouncementQueue, task: "asyncio.Task[None]"
    ) -> None:
        self.player = player
        self.queue = queue
        self.task = task

    async def close(self) -> None:
        """Cut what is spoken and leave; an unfinished delivery is then in the queue."""
        self.task.cancel()
        await asyncio.wait({self.task})


class Rooms:
    """Rooms by name, in the order of the settings."""

    def __init__(
        self,
        settings: CoreSettings,
        *,
        clock: Clock,
        listener: DeliveryListener,
        ducker: Ducker,
        labelling: Labelling,
        preferences: Callable[[], Preferences],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._listener = listener
        self._ducker = ducker
        self._labelling = labelling
        self._preferences = preferences
        self._rooms: dict[str, Room] = {}
        self._group: asyncio.TaskGroup | None = None

    def open(self, group: asyncio.TaskGroup) -> None:
        """Start all players as tasks of `group`."""
        self._group = group
        for name in self._settings.rooms:
            self._rooms[name] = self._start(name, AnnouncementQueue(self._settings.queue.size))

    async def close(self) -> None:
        """Stop all players and answer for whatever waits."""
        await asyncio.gather(*(room.close() for room in self._rooms.values()))
        for room in self._rooms.values():
            self._drop(room, "shutting_down")

    def names(self) -> Sequence[str]:
        """Of all rooms."""
        return tuple(self._rooms)

    def default(self) -> str:
        """Where announcements without a target go."""
        return self._settings.default_room or next(iter(self._rooms))

    def players(self, targets: Iterable[str]) -> list[Player]:
        """The addressed players, each once. Raises `NotFoundError`, naming no value."""
        wanted = tuple(targets) or (self.default(),)
        if ALL_ROOMS in wanted:
            wanted = tuple(self._rooms)
        if not all(name in self._rooms for name in wanted):
            raise NotFoundError(
                "there is no such room", hint="hub-agent config show", reason="unknown_room"
            )
        return [self._rooms[name].player for name in dict.fromkeys(wanted)]

    async def finish(self, *, deadline_s: float) -> None:
        """Drop what waits, let running sentences end, cut them at the deadline."""
        for room in self._rooms.values():
            self._drop(room, "shutting_down")
            room.player.finish_soon()
        await self._wait_idle(self._rooms.values(), deadline_s)

    async def reload(self, settings: CoreSettings) -> None:
        """Apply `settings`; rooms that changed end their sentence, what waits keeps waiting."""
        old, self._settings = self._settings, settings
        changed = [
            name
            for name, room in old.rooms.items()
            if settings.rooms.get(name) != room
            or (settings.speech, settings.labels) != (old.speech, old.labels)
        ]
        leaving = [self._rooms[name] for name in changed]
        for room in leaving:
            room.player.finish_soon()
        await self._wait_idle(leaving, RELOAD_DEADLINE_S)
        await asyncio.gather(*(room.close() for room in leaving))
        self._rearrange(settings, set(changed))

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        """By room: waiting announcements, whether it speaks and for how long, underruns."""
        return {
            name: {
                "waiting": len(room.queue),
                "speaking": room.player.speaking_for_s() is not None,
                "speaking_for_s": room.player.speaking_for_s(),
                "underruns": room.player.sink.underruns,
            }
            for name, room in self._rooms.items()
        }

    def states(self) -> Mapping[str, RoomState]:
        """By room, in the order of the settings."""
        return {
            name: RoomState(
                speaking=room.player.speaking_for_s() is not None,
                waiting=len(room.queue),
                quiet=not room.player.may_speak(Priority.NORMAL),
            )
            for name, room in self._rooms.items()
        }

    def _rearrange(self, settings: CoreSettings, changed: set[str]) -> None:
        before, self._rooms = self._rooms, {}
        for name in settings.rooms:
            if name in before and name not in changed:
                self._rooms[name] = before.pop(name)
            else:
                kept = before.pop(name, None)
                queue = kept.queue if kept else AnnouncementQueue(settings.queue.size)
                self._rooms[name] = self._start(name, queue)
            for delivery in self._rooms[name].queue.resize(settings.queue.size):
                self._listener.ended(delivery, Ending(Outcome.DROPPED, "queue_full"))
        for room in before.values():
            self._drop(room, "room_removed")

    def _start(self, name: str, queue: AnnouncementQueue) -> Room:
        if self._group is None:
            raise RuntimeError("rooms are opened before they are used")
        room = self._settings.rooms[name]
        player = Player(
            name,
            room=room,
            speech=self._settings.speech,
            queue=queue,
            sink=make_group(name, room, clock=self._clock),
            clock=self._clock,
            listener=self._listener,
            ducker=self._ducker,
            labelling=self._labelling.under(self._settings.labels),
            preferences=self._preferences,
        )
        task = self._group.create_task(player.run(), name=f"player.{name}")
        return Room(player, queue, task)

    async def _wait_idle(self, rooms: Iterable[Room], deadline_s: float) -> None:
        """Let sentences end; those that have not by the deadline are cut."""
        waiting = [room.player for room in rooms]
        if not await _idle(waiting, deadline_s):
            for player in waiting:
                player.cut()
            await _idle(waiting, CUT_DEADLINE_S)

    def _drop(self, room: Room, reason: str) -> None:
        for delivery in room.queue.drain():
            outcome = Outcome.INTERRUPTED if delivery.turns else Outcome.DROPPED
            self._listener.ended(delivery, Ending(outcome, reason))


async def _idle(players: Sequence[Player], deadline_s: float) -> bool:
    """Whether all of them have fallen silent by the deadline."""
    try:
        async with asyncio.timeout(deadline_s):
            await asyncio.gather(*(player.wait_idle() for player in players))
    except TimeoutError:
        return False
    return True
