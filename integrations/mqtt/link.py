"""The link to the broker: connected for as long as possible, and again for ever."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hub_agent.clock import Clock
from hub_agent.errors import BrokerError, RefusedError
from integrations.mqtt.intake import Incoming
from integrations.mqtt.outbox import Outgoing
from integrations.mqtt.refusals import WrongProtocolError
from integrations.mqtt.retry import OutageLog, ProtocolChoice, ReconnectPauses
from integrations.mqtt.settings import MqttSettings
from integrations.mqtt.wire import Attempt, Connection, connection

ONLINE_S = 3.0
"""How long a new connection may take to acknowledge its first message."""

GOODBYE_S = 1.0
"""How long a stop waits for the broker to take `offline`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    """What the link does at the broker besides connecting."""

    settings: MqttSettings
    client_id: str
    availability_topic: str
    topics: Sequence[str]
    receive: Callable[[Incoming], None]
    password: Callable[[], str | None]
    tls: Callable[[], ssl.SSLContext | None]


Serve: TypeAlias = Callable[[Connection], Awaitable[None]]
"""Works on one connection until it breaks (raises `BrokerError`) or is cancelled."""


class MqttLink:
    """Keeps a session at the broker; `run` returns only by cancellation or unusable settings."""

    def __init__(
        self, options: LinkOptions, *, clock: Clock, pauses: ReconnectPauses, outages: OutageLog
    ) -> None:
        self._options = options
        self._clock = clock
        self._pauses = pauses
        self._outages = outages
        self._protocol = ProtocolChoice(options.settings.protocol)
        self._connected = False
        self._connected_at: float | None = None
        self.attempts = 0
        self.connections = 0

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us and our subscriptions."""
        return self._connected

    async def run(self, serve: Serve) -> None:
        """Connect, serve, and connect again."""
        while True:
            try:
                await self._one_connection(serve)
            except WrongProtocolError as fault:
                if not self._protocol.failed(certain=fault.certain):
                    await self._pause(fault)
            except (BrokerError, RefusedError) as fault:
                await self._pause(fault)

    async def _pause(self, fault: BrokerError | RefusedError) -> None:
        now = self._clock.monotonic()
        lasted_s = 0.0 if self._connected_at is None else now - self._connected_at
        if self._connected_at is not None:
            self._protocol.lost()
        self._connected_at = None
        self._outages.lost(fault, now)
        await self._clock.sleep(self._pauses.next_s(fault, lasted_s))

    async def _one_connection(self, serve: Serve) -> None:
        self.attempts += 1
        async with connection(await self._attempt()) as connected:
            try:
                await self._say_online(connected)
                self._note_connected()
                await serve(connected)
            finally:
                self._connected = False
                await self._say_goodbye(connected)

    def _note_connected(self) -> None:
        self.connections += 1
        self._connected = True
        self._protocol.worked()
        self._connected_at = self._clock.monotonic()
        self._outages.connected(self._connected_at, "5" if self._protocol.is_5 else "3.1.1")

    async def _say_online(self, connected: Connection) -> None:
        """Say `online`; a broker that dies just now would keep us waiting for its answer."""
        try:
            async with asyncio.timeout(ONLINE_S):
                await connected.publish(self._availability(b"online"))
        except TimeoutError as error:
            raise BrokerError("the broker stopped answering", reason="no_answer") from error

    async def _say_goodbye(self, connected: Connection) -> None:
        """Say `offline` where that is still possible; where it is not, the will says it."""
        with contextlib.suppress(TimeoutError, BrokerError):
            async with asyncio.timeout(GOODBYE_S):
                await connected.publish(self._availability(b"offline"))

    def _availability(self, payload: bytes) -> Outgoing:
        return Outgoing(topic=self._options.availability_topic, payload=payload, retain=True)

    async def _attempt(self) -> Attempt:
        options = self._options
        return Attempt(
            settings=options.settings,
            client_id=options.client_id,
            will=self._availability(b"offline"),
            topics=options.topics,
            receive=options.receive,
            is_5=self._protocol.is_5,
            password=await asyncio.to_thread(options.password),
            tls=await asyncio.to_thread(options.tls),
        )
