"""Announcing at one message bus: what makes it necessary again, and what follows later."""

import asyncio
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Self

from hub_agent.message_bus import MessageBus
from integrations.home_assistant.announcer import Announcer

BORN: Final = b"online"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Seconds.

    `gap` is from a change to its message: a burst is one message, and what the broker has kept is
    heard first. `birth` is the longest: not every device at the broker may answer Home Assistant's
    start in the same moment. `removal`: how long it is said what is gone.
    """

    gap: float = 0.5
    birth: float = 3.0
    removal: float = 10.0


class Session:
    """Entered while the bus is on offer; calls `changed` when `announce` has something to do."""

    def __init__(
        self,
        announcer: Announcer,
        bus: MessageBus,
        *,
        birth_topic: str,
        changed: Callable[[], None],
        pauses: Pauses,
    ) -> None:
        self._announcer = announcer
        self._bus = bus
        self._birth_topic = birth_topic
        self._changed = changed
        self._pauses = pauses
        self._again = True
        self._born = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        """Begin to listen."""
        device = self._announcer.topics.device
        self._ends.callback(self._bus.subscribe(device, self._on_earlier, retained=True))
        self._ends.callback(self._bus.subscribe(self._birth_topic, self._on_birth))
        self._ends.callback(self._bus.on_connect(self._repeat))
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        self._ends.close()
        for timer in self._timers.values():
            timer.cancel()

    def announce(self) -> None:
        """Publish what is new; nothing while the broker is away, all when it is back."""
        if not self._bus.connected:
            return
        gone = self._announcer.announce(again=self._again or self._born)
        if self._born:
            self._bus.refresh()
        self._again = self._born = False
        if gone:
            self._later("removal", self._pauses.removal, lambda: self._forget(gone))

    def _on_earlier(self, message: bytes) -> None:
        self._announcer.remember(message)
        self._changed()

    def _on_birth(self, message: bytes) -> None:
        if message.strip() == BORN:
            pause_s = random.uniform(0, self._pauses.birth)  # noqa: S311 - no secret
            self._later("birth", pause_s, self._welcome)

    def _welcome(self) -> None:
        self._born = True
        self._changed()

    def _repeat(self) -> None:
        self._again = True
        self._changed()

    def _forget(self, gone: frozenset[str]) -> None:
        if self._bus.connected:
            self._announcer.forget(gone)
            self._changed()

    def _later(self, what: str, pause_s: float, do: Callable[[], None]) -> None:
        if what in self._timers:
            self._timers[what].cancel()
        self._timers[what] = asyncio.get_running_loop().call_later(pause_s, do)
