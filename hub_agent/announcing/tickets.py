"""From deliveries back to announcements: one result each, whatever happens in its rooms."""

import asyncio
from collections.abc import Callable

import structlog

from hub_agent.announcement import (
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
    EventType,
    Outcome,
)
from hub_agent.announcing.delivery import Delivery, Ending
from hub_agent.clock import Clock
from hub_agent.listeners import Listeners

log = structlog.get_logger(__name__)

_TELLING = (
    Outcome.SPOKEN,
    Outcome.FAILED,
    Outcome.INTERRUPTED,
    Outcome.EXPIRED,
    Outcome.REFUSED,
    Outcome.REJECTED,
    Outcome.DROPPED,
)
"""The outcome of an announcement is the first of these that any of its rooms had."""


class Ticket:
    """An announcement that was accepted and waits for the endings of its rooms."""

    def __init__(self, announcement: Announcement, origin: str, now: float) -> None:
        self.announcement = announcement
        self.origin = origin
        self.accepted_at = now
        self.result: asyncio.Future[AnnouncementResult] = asyncio.Future()
        self.deliveries: list[Delivery] = []
        self.endings: dict[str, Ending] = {}
        self.said: set[EventType] = set()


class TicketDesk:
    """Listens to the players and emits events and results of whole announcements.

    `on_result` hears of each result before anybody else.
    """

    def __init__(
        self,
        clock: Clock,
        events: Listeners[[AnnouncementEvent]],
        *,
        on_result: Callable[[Ticket, AnnouncementResult], None] = lambda _ticket, _result: None,
    ) -> None:
        self._clock = clock
        self._events = events
        self._on_result = on_result
        self._open: dict[Delivery, Ticket] = {}

    def __len__(self) -> int:
        return len(set(self._open.values()))

    def open(self, ticket: Ticket, deliveries: list[Delivery]) -> None:
        """Expect the endings of `deliveries`, at least one."""
        ticket.deliveries = deliveries
        for delivery in deliveries:
            self._open[delivery] = ticket
        self._say_once(ticket, EventType.QUEUED)

    def refuse(self, ticket: Ticket, ending: Ending) -> None:
        """End an announcement that never came to a room."""
        self._finish(ticket, _result(ticket, ending, 0.0))

    def started(self, delivery: Delivery) -> None:
        """See `DeliveryListener`."""
        self._say_once(self._open[delivery], EventType.STARTED, room=delivery.room)

    def first_audio(self, delivery: Delivery) -> None:
        """See `DeliveryListener`."""
        ticket = self._open[delivery]
        self._say_once(ticket, EventType.FIRST_AUDIO, room=delivery.room, ttfa_s=delivery.ttfa_s)

    def interrupted(self, delivery: Delivery) -> None:
        """See `DeliveryListener`."""
        self._say(self._open[delivery], EventType.INTERRUPTED, room=delivery.room)

    def ended(self, delivery: Delivery, ending: Ending) -> None:
        """See `DeliveryListener`."""
        ticket = self._open.pop(delivery)
        ticket.endings[delivery.room] = ending
        if len(ticket.endings) == len(ticket.deliveries):
            now = self._clock.monotonic()
            self._finish(ticket, _result(ticket, _overall(ticket), now - ticket.accepted_at))

    def _say_once(
        self,
        ticket: Ticket,
        event_type: EventType,
        *,
        room: str | None = None,
        ttfa_s: float | None = None,
    ) -> None:
        if event_type not in ticket.said:
            ticket.said.add(event_type)
            self._say(ticket, event_type, room=room, ttfa_s=ttfa_s)

    def _say(
        self,
        ticket: Ticket,
        event_type: EventType,
        *,
        room: str | None = None,
        ttfa_s: float | None = None,
    ) -> None:
        announcement_id = ticket.announcement.id
        self._events.tell(
            AnnouncementEvent(
                type=event_type, id=announcement_id, origin=ticket.origin, room=room, ttfa_s=ttfa_s
            )
        )

    def _finish(self, ticket: Ticket, result: AnnouncementResult) -> None:
        log.info(
            "announcement finished",
            announcement=result.id,
            origin=ticket.origin,
            outcome=result.outcome.value,
            reason=result.reason,
            ttfa_ms=None if result.ttfa_s is None else round(result.ttfa_s * 1000, 1),
            audio_s=round(result.audio_s, 2),
        )
        self._on_result(ticket, result)
        if not ticket.result.done():
            ticket.result.set_result(result)
        self._events.tell(
            AnnouncementEvent(
                type=EventType.RESULT,
                id=result.id,
                origin=ticket.origin,
                reason=result.reason,
                ttfa_s=result.ttfa_s,
                result=result,
            )
        )


def _overall(ticket: Ticket) -> Ending:
    endings = ticket.endings.values()
    return min(endings, key=lambda ending: _TELLING.index(ending.outcome))


def _result(ticket: Ticket, ending: Ending, lasted_s: float) -> AnnouncementResult:
    deliveries = ticket.deliveries
    heard = [d.ttfa_s for d in deliveries if d.ttfa_s is not None]
    audio_s = max((d.audio_s for d in deliveries), default=0.0)
    synthesis_s = max((d.synthesis_s for d in deliveries), default=0.0)
    return AnnouncementResult(
        id=ticket.announcement.id,
        outcome=ending.outcome,
        reason=ending.reason,
        engine=deliveries[0].source.engine.name if deliveries else None,
        voice=deliveries[0].source.voice.id if deliveries else None,
        ttfa_s=min(heard, default=None),
        audio_s=audio_s,
        rtf=synthesis_s / audio_s if audio_s else None,
        lasted_s=lasted_s,
        voice_refused=next((d.voice_refused for d in deliveries if d.voice_refused), None),
        engine_failed=next(
            (d.source.engine_failed for d in deliveries if d.source.engine_failed), None
        ),
        rooms={room: ending.outcome for room, ending in ticket.endings.items() if room},
    )
