"""The bench's own MQTT client: speak, stop, and wait for what the agent says about it."""

import json
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench.rig.agent import BASE_TOPIC
from tests.bench.rig.ports import HOST

CONNECT_TIMEOUT_S = 10.0
TERMINAL_TIMEOUT_S = 60.0
_MOST_IN_FLIGHT = 1000


class Bus:
    """Connected to the broker while entered. Keeps the events of every id it has seen."""

    def __init__(self, port: int, *, base: str = BASE_TOPIC) -> None:
        self._base = base
        self._port = port
        self._changed = threading.Condition()
        self._events: dict[str, list[dict[str, Any]]] = {}
        self._arrivals: dict[tuple[str, str], float] = {}
        self._state: dict[str, tuple[float, bytes]] = {}
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, f"bench-{uuid.uuid4().hex[:8]}")
        self._client.max_inflight_messages_set(_MOST_IN_FLIGHT)
        self._client.on_socket_open = _send_at_once
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def __enter__(self) -> Self:
        self._client.connect(HOST, self._port)
        self._client.loop_start()
        if not self._subscribed.wait(CONNECT_TIMEOUT_S):
            raise RuntimeError("the broker did not take the bench's subscription")
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def speak(self, text: str, *, qos: int = 0, **fields: object) -> tuple[str, float]:
        """Publish an announcement; its id and the moment just before it was published."""
        announcement_id = str(fields.pop("id", uuid.uuid4().hex))
        payload = json.dumps({"id": announcement_id, "text": text, **fields})
        sent = time.monotonic()
        self._client.publish(f"{self._base}/speak", payload, qos=qos)
        return announcement_id, sent

    def publish_soon(self, topic: str, payload: bytes, *, qos: int = 0) -> None:
        """Publish anything, without waiting."""
        self._client.publish(topic, payload, qos=qos)

    def stop(self, payload: str = "{}") -> None:
        """Silence every room."""
        self._client.publish(f"{self._base}/stop", payload, qos=1)

    def wait_event(self, announcement_id: str, event_type: str, timeout_s: float) -> float | None:
        """When that event of that announcement came; None if it did not in time."""
        key = (announcement_id, event_type)
        with self._changed:
            self._changed.wait_for(lambda: key in self._arrivals, timeout_s)
            return self._arrivals.get(key)

    def wait_terminal(
        self, announcement_id: str, timeout_s: float = TERMINAL_TIMEOUT_S
    ) -> dict[str, Any] | None:
        """The event that ended that announcement; None if it did not end in time."""
        with self._changed:
            self._changed.wait_for(lambda: self.terminal(announcement_id) is not None, timeout_s)
            return self.terminal(announcement_id)

    def wait_all(self, ids: list[str], timeout_s: float) -> bool:
        """Wait until every one of these announcements has ended."""
        deadline = time.monotonic() + timeout_s
        return all(
            self.wait_terminal(each, max(0.0, deadline - time.monotonic())) is not None
            for each in ids
        )

    def wait_state(
        self, topic: str, accept: Callable[[bytes], bool], timeout_s: float
    ) -> float | None:
        """When `<base>/<topic>` first held a payload that `accept` likes."""

        def liked() -> bool:
            return topic in self._state and accept(self._state[topic][1])

        with self._changed:
            return self._state[topic][0] if self._changed.wait_for(liked, timeout_s) else None

    def forget_state(self) -> None:
        """Forget availability and health seen so far."""
        with self._changed:
            self._state.clear()

    def terminal(self, announcement_id: str) -> dict[str, Any] | None:
        """The event that ended that announcement, if it came."""
        events = self._events.get(announcement_id, [])
        return next((event for event in events if event.get("outcome")), None)

    def forget_events(self) -> None:
        """Forget all events seen so far."""
        with self._changed:
            self._events.clear()
            self._arrivals.clear()

    def _on_connect(self, client: mqtt.Client, *_rest: object) -> None:
        client.subscribe([(f"{self._base}/{topic}", 1) for topic in _LISTENED])

    def _on_subscribe(self, *_rest: object) -> None:
        self._subscribed.set()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        arrived = time.monotonic()
        topic = message.topic.removeprefix(f"{self._base}/")
        with self._changed:
            if topic == "event":
                self._note_event(json.loads(message.payload), arrived)
            else:
                self._state[topic] = (arrived, bytes(message.payload))
            self._changed.notify_all()

    def _note_event(self, event: dict[str, Any], arrived: float) -> None:
        announcement_id = str(event.get("id"))
        self._events.setdefault(announcement_id, []).append(event)
        self._arrivals.setdefault((announcement_id, str(event.get("event_type"))), arrived)


def _send_at_once(_client: mqtt.Client, _data: object, connection: object) -> None:
    """Else the kernel holds a small message back until the one before was acknowledged."""
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


_LISTENED = ("event", "availability", "health")
