"""What becomes of a message that arrives: spoken, refused with a reason, or ignored."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import TypeAlias

import structlog

from hub_agent.agent_topics import AgentTopics
from hub_agent.announcement import Announcement, new_announcement_id
from hub_agent.errors import HubAgentError, InvalidAnnouncementError, NotFoundError
from hub_agent.integration import AgentPort
from hub_agent.messages.fields import Fields
from hub_agent.messages.reading import RefusedMessageError
from integrations.mqtt import hermes, wallpanel
from integrations.mqtt.codec import parse_speak, parse_stop
from integrations.mqtt.greeting_messages import parse_greeting
from integrations.mqtt.preference_messages import ReadPreferences, preference_readers
from integrations.mqtt.settings import MqttSettings
from integrations.mqtt.topics import HERMES_SAY
from voices.errors import VoicesError

ORIGIN = "mqtt"
REMEMBERED_MESSAGES = 8192
"""Each message is acknowledged at once, so only those of the last moments can come again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message as the broker delivered it. `redelivered`: it may have been delivered before."""

    topic: str
    payload: bytes
    packet_id: int = 0
    retained: bool = False
    redelivered: bool = False
    expires_s: float | None = None


@dataclass(slots=True)
class IntakeCounts:
    """What became of messages since the agent started."""

    submitted: int = 0
    rejected: int = 0
    stops: int = 0
    preferences: int = 0
    retained_ignored: int = 0
    redelivered_ignored: int = 0
    not_for_us: int = 0
    broken_handler: int = 0

    def as_dict(self) -> dict[str, int]:
        """For the health report."""
        return asdict(self)


Handler: TypeAlias = Callable[[Incoming], None]


class Intake:
    """Hands every message to the agent before the broker may forget it. Never raises."""

    def __init__(
        self, settings: MqttSettings, agent: AgentPort, awaited: hermes.AwaitedAnswers
    ) -> None:
        self._settings = settings
        self._agent = agent
        self._awaited = awaited
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._topics = AgentTopics(settings.base_topic)
        self._handlers = self._chosen_handlers()
        self.counts = IntakeCounts()

    def topics(self) -> tuple[str, ...]:
        """The topics that commands come on, one of them a filter."""
        return (*self._handlers, self._topics.greetings_set)

    def take(self, message: Incoming) -> None:
        """Deal with one message completely."""
        try:
            self._take(message)
        except Exception as error:  # noqa: BLE001 - a request handler: the link must live on
            self.counts.broken_handler += 1
            log.error("message handler failed", error=type(error).__name__)

    def _take(self, message: Incoming) -> None:
        handler = self._handler_of(message.topic)
        if message.retained:
            self.counts.retained_ignored += 1
        elif handler is None:
            self.counts.not_for_us += 1
        elif self._is_repeat(message):
            self.counts.redelivered_ignored += 1
        else:
            handler(message)

    def _handler_of(self, topic: str) -> Handler | None:
        greeting = self._topics.greeting_of(topic)
        if greeting is not None:
            return partial(self._turn_greeting, greeting)
        return self._handlers.get(topic)

    def _chosen_handlers(self) -> dict[str, Handler]:
        topics = self._topics
        handlers: dict[str, Handler] = {topics.speak: self._speak, topics.stop: self._stop}
        handlers |= {
            topic: partial(self._prefer, read) for topic, read in preference_readers(topics).items()
        }
        if self._settings.hermes.enabled:
            handlers[HERMES_SAY] = self._hermes
        if self._settings.wallpanel.enabled:
            handlers[self._settings.wallpanel.topic] = self._wallpanel
        return handlers

    def _is_repeat(self, message: Incoming) -> bool:
        """Whether this very delivery was dealt with before; remembers it.

        A broker repeats with the same packet id; without that, two equal texts without an id of
        their own would look like one.
        """
        mark = _mark(f"{message.packet_id} {message.topic} ".encode() + message.payload)
        return self._was_seen(mark) and message.redelivered

    def _was_seen(self, mark: bytes) -> bool:
        if mark in self._seen:
            return True
        self._seen[mark] = None
        if len(self._seen) > REMEMBERED_MESSAGES:
            self._seen.popitem(last=False)
        return False

    def _speak(self, message: Incoming) -> None:
        try:
            announcement = parse_speak(self._bounded(message))
        except RefusedMessageError as error:
            self._reject(error.announcement_id, error, message)
        except InvalidAnnouncementError as error:
            self._reject(new_announcement_id(), error, message)
        else:
            self._submit(announcement, message)

    def _stop(self, message: Incoming) -> None:
        try:
            request = parse_stop(self._bounded(message))
            self._agent.stop(rooms=request.rooms, announcement_id=request.announcement_id)
        except (InvalidAnnouncementError, NotFoundError) as error:
            self.counts.rejected += 1
            log.warning("stop message refused", reason=error.reason)
            return
        self.counts.stops += 1

    def _prefer(self, read: ReadPreferences, message: Incoming) -> None:
        with self._turning():
            self._agent.prefer(read(self._bounded(message), self._agent))

    def _turn_greeting(self, name: str, message: Incoming) -> None:
        with self._turning():
            change = parse_greeting(self._bounded(message))
            self._agent.set_greeting(name, time=change.at, enabled=change.enabled)

    @contextmanager
    def _turning(self) -> Iterator[None]:
        try:
            yield
        except (HubAgentError, VoicesError) as error:
            self.counts.rejected += 1
            log.warning("preference refused", reason=error.reason, hint=error.hint)
        else:
            self.counts.preferences += 1

    def _hermes(self, message: Incoming) -> None:
        try:
            fields = hermes.read_fields(self._bounded(message))
            request = hermes.read_request(fields)
        except InvalidAnnouncementError as error:
            self._reject(new_announcement_id(), error, message)
            return
        if request.site_id not in self._settings.hermes.site_ids:
            self.counts.not_for_us += 1
            return
        self._hermes_say(fields, request, message)

    def _hermes_say(self, fields: Fields, request: hermes.HermesRequest, message: Incoming) -> None:
        announcement_id = hermes.announcement_id_of(request)
        self._awaited.expect(announcement_id, request)
        try:
            announcement = hermes.read_announcement(
                fields, request, announcement_id=announcement_id, rooms=self._agent.rooms()
            )
        except InvalidAnnouncementError as error:
            self._reject(announcement_id, error, message)
        else:
            self._submit(announcement, message)

    def _wallpanel(self, message: Incoming) -> None:
        try:
            announcement = wallpanel.parse_command(self._bounded(message))
        except InvalidAnnouncementError as error:
            self._reject(new_announcement_id(), error, message)
            return
        if announcement is None:
            self.counts.not_for_us += 1
        else:
            self._submit(announcement, message)

    def _bounded(self, message: Incoming) -> bytes:
        if len(message.payload) > self._settings.max_payload_bytes:
            raise InvalidAnnouncementError(
                f"the message has more than {self._settings.max_payload_bytes} bytes",
                reason="too_large",
            )
        return message.payload

    def _submit(self, announcement: Announcement, message: Incoming) -> None:
        if self._was_seen(_mark(announcement.id.encode())) and message.redelivered:
            self.counts.redelivered_ignored += 1
            return
        self.counts.submitted += 1
        self._agent.submit(_expiring(announcement, message.expires_s), origin=ORIGIN)

    def _reject(
        self, announcement_id: str, error: InvalidAnnouncementError, message: Incoming
    ) -> None:
        self.counts.rejected += 1
        log.warning("message refused", topic=message.topic, reason=error.reason, why=str(error))
        self._agent.reject(announcement_id, error.reason, origin=ORIGIN)


def _mark(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _expiring(announcement: Announcement, expires_s: float | None) -> Announcement:
    """The announcement with the sooner of its own and its message's expiry."""
    bounds = [bound for bound in (announcement.expires_s, expires_s) if bound is not None]
    return replace(announcement, expires_s=min(bounds)) if bounds else announcement
