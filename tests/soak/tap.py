"""A tap on the wire between agent and broker: proof of who received and acknowledged what.

When a result is missing, only the wire can tell an announcement that the broker forgot from one
that the agent lost.
"""

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

from tests.bench.rig.ports import HOST, free_port
from tests.soak import packets

_RECEIVE_BYTES = 65_536
_CONNECT_TIMEOUT_S = 2.0


@dataclass(slots=True)
class WireLog:
    """What went over the agent's connections; ids only, no texts."""

    connections: int = 0
    delivered: Counter[str] = field(default_factory=Counter)
    """Times an announcement's id was handed to the agent."""
    taken: set[str] = field(default_factory=set)
    """Ids whose delivery the agent acknowledged: from then on they are its own business."""
    delivered_without_id: Counter[bytes] = field(default_factory=Counter)
    """Times a payload without a readable id was handed to the agent, by its digest."""
    repeated_by_broker: int = 0
    """Deliveries that the broker itself marked as repeated."""
    results_sent: Counter[str] = field(default_factory=Counter)
    """Times the agent published a result for an id."""
    results_acknowledged: dict[str, float] = field(default_factory=dict)
    """When the broker first acknowledged a result for an id (CLOCK_MONOTONIC)."""


class Tap:
    """Takes the agent's connections and passes them on to the broker, byte by byte."""

    def __init__(self, broker_port: int, base_topic: str) -> None:
        self.log = WireLog()
        self.port = free_port()
        self._server: socket.socket | None = None
        self._broker_port = broker_port
        self._base = base_topic
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shut()

    def open(self) -> None:
        """Take connections, because the broker does."""
        self._server = socket.create_server((HOST, self.port))
        threading.Thread(target=self._serve, args=(self._server,), name="tap", daemon=True).start()

    def shut(self) -> None:
        """Refuse connections, because the broker is away."""
        if self._server is not None:
            with contextlib.suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                agent, _ = server.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(
                    (HOST, self._broker_port), timeout=_CONNECT_TIMEOUT_S
                )
            except OSError:
                agent.close()
                continue
            self._connect(agent, broker)

    def _connect(self, agent: socket.socket, broker: socket.socket) -> None:
        self.log.connections += 1
        line = _Line(self.log, self._base, self._lock)
        for source, target, note in (
            (agent, broker, line.from_agent),
            (broker, agent, line.from_broker),
        ):
            source.settimeout(None)
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_pass_on, args=(source, target, note), daemon=True).start()


class _Line:
    """One connection of the agent, read along in both directions."""

    def __init__(self, log: WireLog, base: str, lock: threading.Lock) -> None:
        self._log = log
        self._base = base
        self._lock = lock
        self._level = packets.MQTT_5
        self._agent = packets.PacketReader()
        self._broker = packets.PacketReader()
        self._results: dict[int, str] = {}
        self._deliveries: dict[int, str] = {}

    def from_agent(self, data: bytes) -> None:
        """Note what the agent says."""
        with self._lock:
            for packet in self._agent.feed(data):
                if packet.type == packets.CONNECT:
                    self._level = packets.protocol_level(packet)
                elif packet.type == packets.PUBLISH:
                    self._note_event(packets.read_publish(packet, self._level))
                elif packet.type == packets.PUBACK:
                    self._note_taken(packets.acknowledged_id(packet))

    def from_broker(self, data: bytes) -> None:
        """Note what the broker says."""
        with self._lock:
            for packet in self._broker.feed(data):
                if packet.type == packets.PUBLISH:
                    self._note_command(packets.read_publish(packet, self._level))
                elif packet.type == packets.PUBACK:
                    self._note_acknowledgement(packets.acknowledged_id(packet))

    def _note_event(self, publish: packets.Publish) -> None:
        if publish.topic != f"{self._base}/event" or publish.packet_id is None:
            return
        event = json.loads(publish.payload)
        if is_own_result(event):
            self._log.results_sent[event["id"]] += 1
            self._results[publish.packet_id] = event["id"]

    def _note_acknowledgement(self, packet_id: int) -> None:
        result_id = self._results.pop(packet_id, None)
        if result_id is not None:
            self._log.results_acknowledged.setdefault(result_id, time.monotonic())

    def _note_taken(self, packet_id: int) -> None:
        order_id = self._deliveries.pop(packet_id, None)
        if order_id is not None:
            self._log.taken.add(order_id)

    def _note_command(self, publish: packets.Publish) -> None:
        if publish.topic != f"{self._base}/speak":
            return
        self._log.repeated_by_broker += publish.repeated
        order_id = readable_id(publish.payload)
        if order_id is not None:
            self._log.delivered[order_id] += 1
            if publish.packet_id is not None:
                self._deliveries[publish.packet_id] = order_id
        else:
            self._log.delivered_without_id[sha256(publish.payload).digest()] += 1


def is_own_result(event: Mapping[str, Any]) -> bool:
    """Whether an event or log line is the result of its announcement itself.

    A repeated id is answered by one more result, `duplicate` for `duplicate_id`.
    """
    return "outcome" in event and event.get("reason") != "duplicate_id"


def readable_id(payload: bytes) -> str | None:
    """The id in a payload, None when there is none to be read."""
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return str(fields["id"]) if isinstance(fields, dict) and "id" in fields else None


def _pass_on(source: socket.socket, target: socket.socket, note: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_RECEIVE_BYTES):
            note(data)
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
