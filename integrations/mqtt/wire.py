"""One connection to the broker. The only module that knows the MQTT client library."""

import asyncio
import contextlib
import logging
import select
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiomqtt
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from hub_agent.errors import BrokerError, RefusedError
from integrations.mqtt.intake import Incoming
from integrations.mqtt.outbox import Outgoing
from integrations.mqtt.refusals import (
    NO_ANSWER,
    loss_by_code,
    refusal_by_code,
    refusal_by_message,
)
from integrations.mqtt.settings import MqttSettings

CONNACK_TIMEOUT_S = 5.0
PUBACK_TIMEOUT_S = 30.0
DISCONNECT_S = 1.0
CONNECT_GIVE_UP_S = 3.0
"""How long a stop waits for a connection attempt that is under way in its thread."""

MOST_UNACKNOWLEDGED = 65_535
LARGEST_PACKET_BYTES = 1_048_576
"""Announced to MQTT 5 brokers: far above any announcement, far below what would hurt."""

RETAINED_MESSAGES = 0
NO_RETAINED_MESSAGES = 2
"""Subscription option "retain handling": send retained messages at subscription, or do not."""

NO_LIMIT = 0
"""For the client's own window: `Connection` keeps the broker's, which the client does not."""

TOO_MANY_PENDING = 1000

_FIRST_FAILURE = 128

Answer = TypeVar("Answer")

_client_log = logging.getLogger(f"{__name__}.client")
"""Silent: the client reports each failed read as an error; an outage is said once, elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Everything that one connection attempt needs."""

    settings: MqttSettings
    client_id: str
    will: Outgoing
    topics: Sequence[str]
    receive: Callable[[Incoming], None]
    is_5: bool
    password: str | None
    tls: ssl.SSLContext | None


@contextlib.asynccontextmanager
async def connection(attempt: Attempt) -> AsyncIterator["Connection"]:
    """Connect and subscribe; raises `BrokerError` or `RefusedError`."""
    wire = _new_wire(attempt)
    await _open(wire)
    try:
        for topic in attempt.topics:
            await _subscribe(wire, topic, is_5=attempt.is_5)
        yield Connection(wire, is_5=attempt.is_5)
    finally:
        await _close(wire)


class Wire(aiomqtt.Client):
    """The client for one connection; never entered twice.

    Hands every message over inside the callback that precedes its acknowledgement, so nothing
    that was acknowledged can be lost in a queue, and keeps the flag of redeliveries, which the
    base class drops.
    """

    def __init__(self, receive: Callable[[Incoming], None], host: str, **options: Any) -> None:
        _client_log.setLevel(logging.CRITICAL)
        super().__init__(host, logger=_client_log, **options)
        self._receive = receive
        self.broker_window = MOST_UNACKNOWLEDGED
        self.dialled = asyncio.Event()
        self.pending_calls_threshold = TOO_MANY_PENDING

    def abandon(self) -> None:
        """Close the socket in whatever state the connection is; why it ended is known by now."""
        self._client.disconnect()
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()

    def _client_connect(self) -> None:
        try:
            super()._client_connect()
        finally:
            self._loop.call_soon_threadsafe(self.dialled.set)

    def _on_connect(
        self,
        client: PahoClient,
        userdata: Any,
        flags: ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.broker_window = getattr(properties, "ReceiveMaximum", MOST_UNACKNOWLEDGED)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: PahoClient,
        userdata: Any,
        flags: DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        """Also end the wait for an answer: the base class would wait until its timeout."""
        if self._connected.cancelled():
            return
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError(NO_ANSWER))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _on_socket_register_write(
        self,
        client: PahoClient,
        userdata: Any,  # noqa: ARG002 - the base class's signature
        sock: socket.socket,
    ) -> None:
        """Write when there is room; what differs from the base class is said below.

        A socket that is closed by the time the loop gets here is left alone: its number may be
        somebody else's, and a writer that nobody removes keeps the loop spinning. To a broker that
        has left nothing is written: the failure would close the socket and throw away what the
        broker sent before it died. Reading goes on to its end and closes the socket then.
        """

        def write() -> None:
            if not _peer_has_left(sock):
                client.loop_write()

        def register() -> None:
            if sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), write)

        self._loop.call_soon_threadsafe(register)

    def _on_message(self, client: PahoClient, userdata: Any, message: MQTTMessage) -> None:  # noqa: ARG002 - the base class's signature
        self._receive(
            Incoming(
                topic=message.topic,
                payload=bytes(message.payload),
                packet_id=message.mid,
                retained=message.retain,
                redelivered=message.dup,
                expires_s=_remaining_s(message.properties),
            )
        )


def _peer_has_left(sock: socket.socket) -> bool:
    poller = select.poll()
    poller.register(sock, select.POLLRDHUP)
    return bool(poller.poll(0))


def _remaining_s(properties: Properties | None) -> float | None:
    """MQTT 5 message expiry; whole seconds, so that 0 is up to one second."""
    remaining = getattr(properties, "MessageExpiryInterval", None)
    return None if remaining is None else max(1.0, float(remaining))


class Connection:
    """What one connection offers while it lasts."""

    def __init__(self, wire: Wire, *, is_5: bool) -> None:
        self._wire = wire
        self._is_5 = is_5
        self._window = asyncio.Semaphore(wire.broker_window)

    async def publish(self, message: Outgoing) -> None:
        """Publish; with QoS 1 returns when acknowledged. Raises `BrokerError`."""
        async with self._window:
            try:
                await _heeding(
                    self._wire.publish(
                        message.topic,
                        message.payload,
                        qos=message.qos,
                        retain=message.retain,
                        timeout=PUBACK_TIMEOUT_S,
                    )
                )
            except aiomqtt.MqttError as error:
                raise BrokerError("the broker took no message", reason="not_taken") from error

    async def subscribe(self, topic: str, *, retained: bool) -> None:
        """Hear a topic too; raises `BrokerError`, or `RefusedError` where it is not allowed.

        A broker of MQTT 3.1.1 sends retained messages in any case.
        """
        await _subscribe(self._wire, topic, is_5=self._is_5, retained=retained)

    async def unsubscribe(self, topic: str) -> None:
        """Hear a topic no longer; raises `BrokerError`."""
        try:
            await _heeding(self._wire.unsubscribe(topic))
        except aiomqtt.MqttError as error:
            raise _loss(error) from error

    async def lost(self) -> None:
        """Wait for the end of the connection; raises what ended it."""
        try:
            async for _ in self._wire.messages:
                """Messages never get here: `Wire` hands them over before."""
        except aiomqtt.MqttError as error:
            raise _loss(error) from error


def _new_wire(attempt: Attempt) -> Wire:
    settings, will = attempt.settings, attempt.will
    return Wire(
        attempt.receive,
        settings.host,
        port=settings.port_in_use(),
        username=settings.username,
        password=attempt.password,
        tls_context=attempt.tls,
        identifier=attempt.client_id,
        keepalive=settings.keepalive_s,
        max_inflight_messages=NO_LIMIT,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        timeout=CONNACK_TIMEOUT_S,
        will=aiomqtt.Will(will.topic, will.payload, qos=will.qos, retain=will.retain),
        **_session_options(attempt),
    )


def _session_options(attempt: Attempt) -> dict[str, Any]:
    """The session outlives the connection: QoS 1 messages wait for us at the broker."""
    if not attempt.is_5:
        return {"protocol": aiomqtt.ProtocolVersion.V311, "clean_session": False}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # untyped there
    properties.SessionExpiryInterval = attempt.settings.session_expiry_s
    properties.ReceiveMaximum = MOST_UNACKNOWLEDGED
    properties.MaximumPacketSize = LARGEST_PACKET_BYTES
    return {
        "protocol": aiomqtt.ProtocolVersion.V5,
        "clean_start": False,
        "properties": properties,
    }


async def _subscribe(wire: Wire, topic: str, *, is_5: bool, retained: bool = False) -> None:
    handling = RETAINED_MESSAGES if retained else NO_RETAINED_MESSAGES
    options = SubscribeOptions(qos=1, noLocal=True, retainHandling=handling)
    try:
        granted = await _heeding(
            wire.subscribe(topic, options=options) if is_5 else wire.subscribe(topic, qos=1)
        )
    except aiomqtt.MqttError as error:
        raise _loss(error) from error
    if any(_code(code) >= _FIRST_FAILURE for code in granted):
        raise RefusedError(
            f"the broker does not let us subscribe to {topic}",
            hint="allow it in the broker's access list (ACL)",
            reason="subscription_refused",
        )


async def _heeding(call: Awaitable[Answer]) -> Answer:
    """Await a call of the client and heed cancellation.

    The client uses `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that
    arrives together with the answer; the agent would then never stop.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    answer = await call
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
    return answer


async def _open(wire: Wire) -> None:
    """Connect; a cancelled attempt leaves nothing behind.

    The client connects in a thread that cannot be stopped. Left alone, it would become a
    second connection under our client id.
    """
    opening = asyncio.ensure_future(wire.__aenter__())
    try:
        await asyncio.shield(opening)
    except aiomqtt.MqttError as error:
        wire.abandon()
        raise _refusal(error) from error
    except asyncio.CancelledError:
        opening.add_done_callback(lambda done: done.cancelled() or done.exception())
        opening.add_done_callback(lambda _: wire.abandon())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_GIVE_UP_S):
                await wire.dialled.wait()
                opening.cancel()
        raise


async def _close(wire: Wire) -> None:
    with contextlib.suppress(TimeoutError, aiomqtt.MqttError):
        async with asyncio.timeout(DISCONNECT_S):
            await _heeding(wire.__aexit__(None, None, None))
    wire.abandon()


def _code(code: int | ReasonCode | None) -> int:
    return code.value if isinstance(code, ReasonCode) else code or 0


def _refusal(error: aiomqtt.MqttError) -> BrokerError | RefusedError:
    """Why a connection attempt failed, in our words."""
    if isinstance(error, aiomqtt.MqttCodeError):
        return refusal_by_code(_code(error.rc))
    return refusal_by_message(str(error))


def _loss(error: aiomqtt.MqttError) -> BrokerError | RefusedError:
    """Why an open connection ended, in our words."""
    cause = error.__cause__
    return loss_by_code(_code(cause.rc) if isinstance(cause, aiomqtt.MqttCodeError) else 0)
