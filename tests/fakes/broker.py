"""A real mosquitto that can be killed and started again, clients for it, and an old broker."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

HOST = "127.0.0.1"
START_TIMEOUT_S = 10.0
SEARCH_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
MQTT_5_LEVEL = 5
PERSISTENT = (
    "persistence true",
    "autosave_on_changes true",
    "autosave_interval 1",
    "max_inflight_messages 0",
    "max_queued_messages 0",
)
"""What makes mosquitto lose least when it is killed."""


async def eventually(condition: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Wait until `condition` holds; fails when it does not in time."""
    async with asyncio.timeout(within_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def mosquitto_program() -> str | None:
    """Where mosquitto is, None if it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=SEARCH_PATH)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """One broker with a folder, a port and a configuration of its own."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self._folder = folder
        self._lines = lines
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def set_passwords(self, passwords: Mapping[str, str]) -> None:
        """From the next start on, only these users may connect."""
        file = self._folder / "passwords"
        file.write_text("".join(f"{user}:{word}\n" for user, word in passwords.items()))
        subprocess.run(["mosquitto_passwd", "-U", str(file)], check=True, capture_output=True)
        file.chmod(0o600)

    def start(self) -> None:
        """Start, and wait until it listens."""
        program = mosquitto_program()
        if program is None:
            raise RuntimeError("mosquitto is not installed")
        config = self._folder / "broker.conf"
        config.write_text("\n".join(self._config()) + "\n")
        with (self._folder / "broker.log").open("ab") as output:
            self._process = subprocess.Popen(
                [program, "-c", str(config)], stdout=output, stderr=output
            )
        self._wait_until_listening(self._process)

    def kill(self) -> None:
        """As a power cut does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _config(self) -> Iterator[str]:
        yield "user root"
        yield f"listener {self.port} {HOST}"
        passwords = self._folder / "passwords"
        yield f"allow_anonymous {'false' if passwords.exists() else 'true'}"
        if passwords.exists():
            yield f"password_file {passwords}"
        yield f"persistence_location {self._folder}/"
        yield "sys_interval 0"
        yield "log_type error"
        yield from self._lines

    def _wait_until_listening(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                log = (self._folder / "broker.log").read_text()
                raise RuntimeError(f"mosquitto ended: {log[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1.0):
                return
            time.sleep(0.01)
        raise RuntimeError("mosquitto does not listen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as a peer saw it."""

    topic: str
    payload: bytes
    retained: bool

    def json(self) -> dict[str, Any]:
        value = json.loads(self.payload)
        assert isinstance(value, dict)
        return value


class Peer:
    """Another client of the broker, in a thread of its own, which reconnects by itself.

    Its session is persistent: what it publishes with QoS 1 is sent until it is acknowledged, and
    what is published for it waits at the broker.
    """

    def __init__(
        self, port: int, name: str, *topics: str, username: str | None = None, password: str = ""
    ) -> None:
        self.seen: list[Seen] = []
        self.acknowledged: set[int] = set()
        self._topics = topics
        self._subscribed = False
        self._port = port
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5
        )
        if username is not None:
            self._client.username_pw_set(username, password)
        self._client.max_inflight_messages_set(0)
        self._client.reconnect_delay_set(min_delay=1, max_delay=1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish

    async def __aenter__(self) -> Self:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # untyped there
        properties.SessionExpiryInterval = 3600
        await asyncio.to_thread(
            self._client.connect,
            HOST,
            self._port,
            keepalive=30,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()
        await eventually(lambda: self._client.is_connected() and self._subscribed)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def publish(
        self,
        topic: str,
        payload: bytes | str | dict[str, Any],
        *,
        qos: int = 1,
        retain: bool = False,
        expires_s: int | None = None,
    ) -> int:
        """Publish, now or when the broker is back; returns the number of the packet."""
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # untyped there
        if expires_s is not None:
            properties.MessageExpiryInterval = expires_s
        info = self._client.publish(topic, body, qos=qos, retain=retain, properties=properties)
        return info.mid

    async def published(self, packets: Sequence[int], *, within_s: float = 30) -> None:
        """Wait until the broker has acknowledged all of these."""
        await eventually(lambda: self.acknowledged.issuperset(packets), within_s=within_s)

    def on(self, topic: str) -> list[Seen]:
        """What was seen on a topic."""
        return [message for message in tuple(self.seen) if message.topic == topic]

    def events(self, topic: str = "hub_agent/event") -> list[dict[str, Any]]:
        """The JSON objects seen on a topic."""
        return [message.json() for message in self.on(topic)]

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._subscribed = True

    def _on_subscribe(self, *_: Any) -> None:
        self._subscribed = True

    def _on_publish(self, _client: paho.Client, _data: Any, packet: int, *_: Any) -> None:
        self.acknowledged.add(packet)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self.seen.append(
            Seen(topic=message.topic, payload=bytes(message.payload), retained=bool(message.retain))
        )


class Gate:
    """A door in front of a broker: it can turn away MQTT 5, cut connections, or stay silent."""

    def __init__(
        self,
        broker_port: int,
        *,
        refuse_5: bool = False,
        refuse_subscriptions: bool = False,
        silent: bool = False,
        closing: bool = False,
    ) -> None:
        self.port = 0
        self.attempts: list[int] = []
        self._broker_port = broker_port
        self._refuse_5 = refuse_5
        self._answer = _without_subscriptions if refuse_subscriptions else bytes
        self._silent = silent
        self._closing = closing
        self._writers: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Listen on `port` for as long as the block lasts."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await server.wait_closed()

    @property
    def num_connections(self) -> int:
        """Sockets that are open now, on both sides of the door."""
        return len(self._writers)

    def refuse_subscriptions(self) -> None:
        """From now on turn down every subscription."""
        self._answer = _without_subscriptions

    def cut(self) -> None:
        """Break every connection, as a pulled plug does."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            first = await reader.read(4096)
            level = _protocol_level(first)
            self.attempts.append(level)
            if self._closing:
                return
            if self._silent:
                await reader.read()
            elif self._refuse_5 and level == MQTT_5_LEVEL:
                writer.write(b"\x20\x02\x00\x01")
                await writer.drain()
            else:
                await self._join(first, reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answered(self, data: bytes) -> bytes:
        return self._answer(data)

    async def _join(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        from_broker, to_broker = await asyncio.open_connection(HOST, self._broker_port)
        self._writers.add(to_broker)
        to_broker.write(first)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, to_broker, bytes))
                group.create_task(_copy(from_broker, writer, self._answered))
        finally:
            self._writers.discard(to_broker)
            to_broker.close()


async def _copy(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    change: Callable[[bytes], bytes],
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(change(data))
            await writer.drain()
    writer.close()


def _without_subscriptions(data: bytes) -> bytes:
    """A SUBACK with its one result turned into "not authorised"; anything else as it is."""
    return data[:-1] + b"\x87" if data[:1] == b"\x90" else data


def _protocol_level(connect_packet: bytes) -> int:
    """The version in a CONNECT packet: one byte after the protocol's name."""
    return connect_packet[connect_packet.index(b"MQTT") + 4]
