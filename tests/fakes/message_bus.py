"""A message bus that keeps what is published, and whose broker says what a test says."""

import json
from collections.abc import Callable
from typing import Any

from hub_agent.listeners import Listeners


class RecordingBus:
    """A `MessageBus` that is connected."""

    def __init__(self) -> None:
        self.published: dict[str, bytes] = {}
        self.retained: set[str] = set()

    @property
    def base_topic(self) -> str:
        return "hub_agent"

    @property
    def connected(self) -> bool:
        return True

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.published[topic] = payload
        if retain:
            self.retained.add(topic)

    def subscribe(
        self,
        topic: str,  # noqa: ARG002 - nobody speaks here
        receive: Callable[[bytes], None],  # noqa: ARG002
        *,
        retained: bool = False,  # noqa: ARG002
    ) -> Callable[[], None]:
        return lambda: None

    def refresh(self) -> None:
        """Nobody comes late."""

    def on_connect(self, listener: Callable[[], None]) -> Callable[[], None]:
        return Listeners[[]]().add(listener)

    def document(self, topic: str) -> dict[str, Any]:
        """The newest message on a topic."""
        document: dict[str, Any] = json.loads(self.published[topic])
        return document
