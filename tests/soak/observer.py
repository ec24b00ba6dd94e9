"""Listens to results with a persistent session: what a home automation would get to know."""

import contextlib
import json
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, Self

from tests.bench.rig.ports import HOST
from tests.soak import packets
from tests.soak.tap import is_own_result

_RETRY_S = 0.005
_CONNECT_TIMEOUT_S = 2.0
_RECEIVE_BYTES = 65_536


class Observer:
    """Subscribes to events and health, QoS 1; survives every death of the broker.

    Speaks the protocol itself: common clients close the connection at the first thing they cannot
    send, and with it throw away what they had received and not read. A broker that
    dies before its next write to disk never sends that again.
    """

    def __init__(self, port: int, base_topic: str) -> None:
        self.results: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Own results per id, and how often each came; the broker may repeat one."""
        self.duplicates = 0
        self.health: dict[str, Any] = {}
        self.connections = 0
        self._base = base_topic
        self._port = port
        self._changed = threading.Condition()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._work, name="observer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._enough.set()

    def wait_result(self, announcement_id: str, timeout_s: float) -> str | None:
        """The outcome of that announcement, None if none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: announcement_id in self.results, timeout_s)
            return next(iter(self.results.get(announcement_id, ())), None)

    def wait_health(self, accept: Callable[[dict[str, Any]], bool], timeout_s: float) -> bool:
        """Wait for a health report that `accept` likes."""
        with self._changed:
            return self._changed.wait_for(lambda: accept(self.health), timeout_s)

    def _work(self) -> None:
        while not self._enough.is_set():
            with contextlib.suppress(OSError):
                self._listen()
            time.sleep(_RETRY_S)

    def _listen(self) -> None:
        """One connection, read to its very end."""
        topics = (f"{self._base}/event", f"{self._base}/health")
        with socket.create_connection((HOST, self._port), timeout=_CONNECT_TIMEOUT_S) as broker:
            broker.settimeout(None)
            broker.sendall(packets.connect("soak-observer") + packets.subscribe(1, topics))
            self.connections += 1
            reader = packets.PacketReader()
            while data := broker.recv(_RECEIVE_BYTES):
                for packet in reader.feed(data):
                    if packet.type == packets.PUBLISH:
                        self._take(broker, packets.read_publish(packet, packets.MQTT_3_1_1))

    def _take(self, broker: socket.socket, publish: packets.Publish) -> None:
        self._note(publish.topic, json.loads(publish.payload))
        if publish.packet_id is not None:
            with contextlib.suppress(OSError):
                broker.sendall(packets.puback(publish.packet_id))

    def _note(self, topic: str, content: dict[str, Any]) -> None:
        with self._changed:
            if topic == f"{self._base}/health":
                self.health = content
            elif is_own_result(content):
                self.results[content["id"]][content["outcome"]] += 1
            elif "outcome" in content:
                self.duplicates += 1
            self._changed.notify_all()
