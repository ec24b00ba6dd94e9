"""Where announcements come in: each is kept out or sent to its rooms, and answered for once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from hub_agent.announcement import Announcement, AnnouncementEvent, AnnouncementResult, Outcome
from hub_agent.announcing.delivery import Delivery, Ending, ending_of
from hub_agent.announcing.duplicates import DuplicateGuard
from hub_agent.announcing.player import Player
from hub_agent.announcing.tickets import Ticket, TicketDesk
from hub_agent.clock import Clock
from hub_agent.engines.care import EngineCare
from hub_agent.errors import HubAgentError, NotFoundError
from hub_agent.listeners import Listeners
from hub_agent.settings.models import QueueSettings, SpeechSettings
from hub_agent.voicing.casting import Cast, Casting
from hub_agent.voicing.voice_choice import VoiceChoice
from voices.errors import VoicesError

Players = Callable[[Iterable[str]], list[Player]]
"""The players of the rooms of these names. Raises `NotFoundError`."""


class Reception:
    """Nothing here waits. `speech` tells how announcements sound now.

    `desk` answers for what was let in; what comes after `close` is turned away.
    """

    def __init__(
        self,
        queue: QueueSettings,
        casting: Casting,
        *,
        clock: Clock,
        care: EngineCare,
        speech: Callable[[], SpeechSettings],
        events: Listeners[[AnnouncementEvent]],
    ) -> None:
        self._queue = queue
        self._casting = casting
        self._clock = clock
        self._care = care
        self._speech = speech
        self._duplicates = DuplicateGuard(queue.remember_ids)
        self._outcomes: Counter[str] = Counter()
        self._closed = False
        self.desk = TicketDesk(clock, events, on_result=self._conclude)
        self.ttfa_s: float | None = None

    def use(self, queue: QueueSettings, casting: Casting) -> None:
        """From now on."""
        self._queue, self._casting = queue, casting
        self._duplicates.resize(queue.remember_ids)

    def close(self) -> None:
        """Let nothing in any more."""
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether nothing is let in any more."""
        return self._closed

    def outcomes(self) -> Mapping[str, int]:
        """How many announcements ended in which way."""
        return dict(self._outcomes)

    def reject(self, announcement: Announcement, origin: str, reason: str) -> None:
        """Answer for one that makes no sense."""
        self.desk.refuse(self._ticket(announcement, origin), Ending(Outcome.REJECTED, reason))

    def send(
        self, announcement: Announcement, origin: str, find_players: Players
    ) -> asyncio.Future[AnnouncementResult]:
        """Send it to its rooms; the result comes in any case."""
        ticket = self._ticket(announcement, origin)
        choice = self._admit(ticket)
        players = self._players(ticket, find_players) if choice is not None else []
        if choice is None or not players:
            return ticket.result
        awake = [player for player in players if player.may_speak(announcement.priority)]
        if awake and self._cooling_down(ticket):
            self.desk.refuse(ticket, Ending(Outcome.DUPLICATE, "cool_down"))
            return ticket.result
        casts = [self._cast(ticket, choice, room=player.name) for player in players]
        deliveries = [
            _delivery(ticket, cast, room=player.name)
            for player, cast in zip(players, casts, strict=True)
        ]
        self.desk.open(ticket, deliveries)
        for player, cast, delivery in zip(players, casts, deliveries, strict=True):
            if player not in awake:
                self.desk.ended(delivery, Ending(Outcome.REFUSED, "quiet_hours"))
            elif cast.obstacle is not None:
                self.desk.ended(delivery, ending_of(cast.obstacle))
            else:
                player.put(delivery)
        return ticket.result

    def hand_out(
        self, announcement: Announcement, origin: str
    ) -> tuple[asyncio.Future[AnnouncementResult], Delivery | None]:
        """Its result, and what is to be spoken beside the rooms; None: it has already ended."""
        ticket = self._ticket(announcement, origin)
        if (choice := self._admit(ticket)) is None:
            return ticket.result, None
        cast = self._cast(ticket, choice, room="")
        delivery = _delivery(ticket, cast, room="")
        self.desk.open(ticket, [delivery])
        if cast.obstacle is None:
            return ticket.result, delivery
        self.desk.ended(delivery, ending_of(cast.obstacle))
        return ticket.result, None

    def _ticket(self, announcement: Announcement, origin: str) -> Ticket:
        return Ticket(self._with_defaults(announcement), origin, self._clock.monotonic())

    def _with_defaults(self, announcement: Announcement) -> Announcement:
        queue, expires_s = self._queue, announcement.expires_s
        return replace(
            announcement,
            expires_s=queue.default_expiry_s if expires_s is None else expires_s,
            interrupt=announcement.interrupt or queue.default_interrupt,
        )

    def _admit(self, ticket: Ticket) -> VoiceChoice | None:
        """The voice for a new announcement, or None when it has already ended."""
        ending = self._obstacle(ticket.announcement)
        if ending is None:
            try:
                choice = self._casting.choose(ticket.announcement, self._speech())
            except (HubAgentError, VoicesError) as error:
                ending = ending_of(error)
            else:
                self._care.used(choice.engine.name)
                return choice
        self.desk.refuse(ticket, ending)
        return None

    def _obstacle(self, announcement: Announcement) -> Ending | None:
        if self._closed:
            return Ending(Outcome.DROPPED, "shutting_down")
        if self._duplicates.seen_id(announcement.id):
            return Ending(Outcome.DUPLICATE, "duplicate_id")
        if announcement.expires_s is not None and announcement.expires_s <= 0:
            return Ending(Outcome.EXPIRED, "expired")
        return None

    def _cooling_down(self, ticket: Ticket) -> bool:
        key, wanted_s = ticket.announcement.dedupe_key, ticket.announcement.cool_down_s
        cool_down_s = self._queue.cool_down_s if wanted_s is None else wanted_s
        return key is not None and self._duplicates.cooling_down(
            key, ticket.accepted_at, cool_down_s
        )

    def _players(self, ticket: Ticket, find: Players) -> list[Player]:
        try:
            return find(ticket.announcement.targets)
        except NotFoundError as error:
            self.desk.refuse(ticket, Ending(Outcome.REJECTED, error.reason))
            return []

    def _cast(self, ticket: Ticket, choice: VoiceChoice, *, room: str) -> Cast:
        return self._casting.cast(
            choice, ticket.announcement, self._speech(), room=room, sender=ticket.origin
        )

    def _conclude(self, ticket: Ticket, result: AnnouncementResult) -> None:
        """Count it, and let whoever was not heard try again under the same id or key."""
        outcome = result.outcome
        if result.ttfa_s is not None:
            self.ttfa_s = result.ttfa_s
        self._outcomes[outcome.value] += 1
        if outcome is Outcome.REJECTED:
            self._duplicates.forget_id(ticket.announcement.id)
        if outcome not in (Outcome.SPOKEN, Outcome.DUPLICATE) and ticket.announcement.dedupe_key:
            self._duplicates.forget_key(ticket.announcement.dedupe_key)


def _delivery(ticket: Ticket, cast: Cast, *, room: str) -> Delivery:
    return Delivery(
        announcement=ticket.announcement,
        source=cast.source,
        language=cast.language,
        voice_refused=cast.voice_refused,
        accepted_at=ticket.accepted_at,
        room=room,
    )
