"""Sends orders so that none is lost, whatever happens to the broker.

mosquitto acknowledges a message first and writes it to disk at the end of the same turn of its
loop. Killed in between, it forgets what it acknowledged. So an acknowledgement alone proves
nothing: an order counts as *safe* when a message that was sent after its acknowledgement is
acknowledged on the same connection, for that takes another turn. What was acknowledged
and not yet safe when the connection broke is sent again, with the same id.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import paho.mqtt.client as mqtt

from tests.bench.rig.client import persistent_client
from tests.bench.rig.ports import HOST
from tests.soak.orders import Order

BARRIER_TOPIC = "soak/barrier"
_POLL_S = 0.01


@dataclass(slots=True)
class _Sent:
    """A message on its way: what it carries and what its acknowledgement would make safe."""

    order: int | None
    connection: int
    covers: frozenset[int]


@dataclass(slots=True)
class PublisherCounts:
    """What happened to the orders on their way to the broker."""

    acknowledged: set[int] = field(default_factory=set)
    """Orders that the broker acknowledged at least once."""
    safe: set[int] = field(default_factory=set)
    sent_again: Counter[int] = field(default_factory=Counter)
    """Orders that were acknowledged, and sent again because the broker died too soon after."""
    connections: int = 0


class Publisher:
    """A client with a persistent session of its own."""

    def __init__(self, port: int, base_topic: str, orders: list[Order]) -> None:
        self.counts = PublisherCounts()
        self._port = port
        self._base = base_topic
        self._orders = orders
        self._lock = threading.RLock()
        self._sent: dict[int, _Sent] = {}
        self._early: set[int] = set()
        self._unsafe: set[int] = set()
        self._again: list[int] = []
        self._client = persistent_client("soak-publisher")
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish

    def __enter__(self) -> Self:
        self._client.connect(HOST, self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, number: int) -> None:
        """Send one order, and whatever has to be sent again."""
        with self._lock:
            again, self._again = self._again, []
        for each in (*again, number):
            order = self._orders[each]
            self._publish(f"{self._base}/{order.topic}", order.payload, each)

    def send_extra(self, topic: str, payload: bytes) -> None:
        """Send something that is no order."""
        self._publish(f"{self._base}/{topic}", payload, None)

    def unsafe(self) -> int:
        """How many orders that were sent are not safe yet."""
        with self._lock:
            on_their_way = {s.order for s in self._sent.values() if s.order is not None}
            return len((on_their_way | self._unsafe | set(self._again)) - self.counts.safe)

    def make_safe(self, timeout_s: float) -> bool:
        """Send barriers until every order is safe."""
        deadline = time.monotonic() + timeout_s
        while self.unsafe() and time.monotonic() < deadline:
            with self._lock:
                again, self._again = self._again, []
            for each in again:
                self.send(each)
            self._publish(BARRIER_TOPIC, b"", None)
            time.sleep(_POLL_S)
        return not self.unsafe()

    def _publish(self, topic: str, payload: bytes, number: int | None) -> None:
        with self._lock:
            sent = _Sent(number, self.counts.connections, frozenset(self._unsafe))
        packet_id = self._client.publish(topic, payload, qos=1).mid
        with self._lock:
            self._sent[packet_id] = sent
            if packet_id in self._early:
                self._early.discard(packet_id)
                self._acknowledge(packet_id)

    def _on_connect(self, *_rest: object) -> None:
        with self._lock:
            self.counts.connections += 1

    def _on_disconnect(self, *_rest: object) -> None:
        with self._lock:
            self._again.extend(sorted(self._unsafe))
            self.counts.sent_again.update(self._unsafe)
            self._unsafe.clear()
            self.counts.connections += 1

    def _on_publish(self, _client: mqtt.Client, _data: object, packet_id: int, *_: object) -> None:
        with self._lock:
            if packet_id in self._sent:
                self._acknowledge(packet_id)
            else:
                self._early.add(packet_id)

    def _acknowledge(self, packet_id: int) -> None:
        sent = self._sent.pop(packet_id)
        if sent.connection == self.counts.connections:
            newly_safe = sent.covers & self._unsafe
            self.counts.safe |= newly_safe
            self._unsafe -= newly_safe
        if sent.order is not None:
            self.counts.acknowledged.add(sent.order)
            self._unsafe.add(sent.order)
