"""The connection to the broker, as other integrations share it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from hub_agent.errors import RefusedError
from hub_agent.listeners import Listeners
from integrations.mqtt.intake import Incoming
from integrations.mqtt.outbox import Outbox, Outgoing
from integrations.mqtt.wire import Connection

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    topic: str
    receive: Callable[[bytes], None]
    retained: bool


class Bus:
    """A `MessageBus` on the link's connections; topics are exact, without wildcards."""

    def __init__(
        self,
        base_topic: str,
        outbox: Outbox,
        *,
        is_connected: Callable[[], bool],
        refresh: Callable[[], None],
    ) -> None:
        self._base_topic = base_topic
        self._outbox = outbox
        self._is_connected = is_connected
        self._refresh = refresh
        self._ears: list[_Ear] = []
        self._changed = asyncio.Event()
        self._connections: Listeners[[]] = Listeners()

    @property
    def base_topic(self) -> str:
        """See `MessageBus.base_topic`."""
        return self._base_topic

    @property
    def connected(self) -> bool:
        """See `MessageBus.connected`."""
        return self._is_connected()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """See `MessageBus.publish`."""
        self._outbox.put(Outgoing(topic=topic, payload=payload, retain=retain))

    def subscribe(
        self, topic: str, receive: Callable[[bytes], None], *, retained: bool = False
    ) -> Callable[[], None]:
        """See `MessageBus.subscribe`."""
        ear = _Ear(topic, receive, retained)
        self._ears.append(ear)
        self._changed.set()

        def end() -> None:
            self._ears = [each for each in self._ears if each is not ear]
            self._changed.set()

        return end

    def refresh(self) -> None:
        """See `MessageBus.refresh`."""
        self._refresh()

    def on_connect(self, listener: Callable[[], None]) -> Callable[[], None]:
        """See `MessageBus.on_connect`."""
        return self._connections.add(listener)

    def hear(self, message: Incoming) -> bool:
        """Give a message to whoever wants it; whether anybody hears this topic. Never raises."""
        ears = [ear for ear in self._ears if ear.topic == message.topic]
        listeners: Listeners[[bytes]] = Listeners()
        for ear in ears:
            if ear.retained or not message.retained:
                listeners.add(ear.receive)
        listeners.tell(message.payload)
        return bool(ears)

    async def serve(self, connection: Connection) -> None:
        """Keep the broker's subscriptions as they are wanted; raises `BrokerError`."""
        await self._follow(connection, {}, wanted := self._wanted())
        self._connections.tell()
        while True:
            await self._changed.wait()
            have, wanted = wanted, self._wanted()
            await self._follow(connection, have, wanted)

    def _wanted(self) -> dict[str, bool]:
        """Topics, and whether retained messages are wanted too."""
        self._changed.clear()
        wanted: dict[str, bool] = {}
        for ear in self._ears:
            wanted[ear.topic] = ear.retained or wanted.get(ear.topic, False)
        return wanted

    async def _follow(
        self, connection: Connection, have: dict[str, bool], wanted: dict[str, bool]
    ) -> None:
        for topic in have.keys() - wanted.keys():
            await connection.unsubscribe(topic)
        for topic, retained in wanted.items() - have.items():
            try:
                await connection.subscribe(topic, retained=retained)
            except RefusedError as error:  # announcements go on without it
                log.warning("topic refused", topic=topic, reason=error.reason, hint=error.hint)
