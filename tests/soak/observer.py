"""Listens to results with a persistent session: what a home automation would get to know."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as mqtt

from tests.bench.rig.client import persistent_client
from tests.bench.rig.ports import HOST
from tests.soak.tap import is_own_result


class Observer:
    """Subscribes to events and health, QoS 1; survives every death of the broker."""

    def __init__(self, port: int, base_topic: str) -> None:
        self.results: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Own results per id, and how often each came; the broker may repeat one."""
        self.duplicates = 0
        self.health: dict[str, Any] = {}
        self.connections = 0
        self._base = base_topic
        self._port = port
        self._changed = threading.Condition()
        self._client = persistent_client("soak-observer")
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect(HOST, self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_result(self, announcement_id: str, timeout_s: float) -> str | None:
        """The outcome of that announcement, None if none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: announcement_id in self.results, timeout_s)
            return next(iter(self.results.get(announcement_id, ())), None)

    def wait_health(self, accept: Callable[[dict[str, Any]], bool], timeout_s: float) -> bool:
        """Wait for a health report that `accept` likes."""
        with self._changed:
            return self._changed.wait_for(lambda: accept(self.health), timeout_s)

    def _on_connect(self, client: mqtt.Client, *_rest: object) -> None:
        self.connections += 1
        client.subscribe([(f"{self._base}/event", 1), (f"{self._base}/health", 1)])

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        content = json.loads(message.payload)
        with self._changed:
            if message.topic == f"{self._base}/health":
                self.health = content
            elif is_own_result(content):
                self.results[content["id"]][content["outcome"]] += 1
            elif "outcome" in content:
                self.duplicates += 1
            self._changed.notify_all()
