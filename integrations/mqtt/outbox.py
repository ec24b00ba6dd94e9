"""Events on their way to the broker: they wait here while it is away."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hub_agent.errors import BrokerError

CAPACITY = 20_000
WINDOW = 100
"""Unacknowledged at a time, where the broker allows as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to publish. `result` marks the one that must not be lost for its announcement."""

    topic: str
    payload: bytes
    qos: Literal[0, 1] = 1
    retain: bool = False
    result: bool = False


Publish: TypeAlias = Callable[[Outgoing], Awaitable[None]]
"""Returns when the broker has acknowledged; raises `BrokerError` when it will not."""


class Outbox:
    """Messages in order, at most `capacity`; each is published until it is acknowledged.

    When full, the oldest waiting progress message makes room. When only results are left, a
    progress message is not taken, and a new result pushes out the oldest. `dropped` counts both.
    A retained message takes the place of the one that waits for the same topic.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._number = 0
        self._waiting: OrderedDict[int, Outgoing] = OrderedDict()
        self._in_flight: OrderedDict[int, Outgoing] = OrderedDict()
        self._progress: deque[int] = deque()
        self._retained: dict[str, int] = {}
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self.published = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    def put(self, message: Outgoing) -> None:
        """Take a message; what happens when full is said at the class."""
        if message.retain and self._replaces_older(message):
            return
        if len(self) >= self._capacity and not self._make_room(for_result=message.result):
            return
        self._number += 1
        self._waiting[self._number] = message
        if message.retain:
            self._retained[message.topic] = self._number
        if not message.result:
            self._progress.append(self._number)
        self._some.set()
        self._none.clear()

    async def pump(self, publish: Publish) -> None:
        """Publish in order, `WINDOW` at a time, for ever; raises the first `BrokerError`.

        What was not acknowledged in an earlier run comes first.
        """
        self._put_back()
        window = asyncio.Semaphore(WINDOW)
        failed: list[BaseException] = []
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await window.acquire()
                    number, message = await self._next()
                    sending = group.create_task(self._send(number, message, publish))
                    sending.add_done_callback(lambda _: window.release())
        except* BrokerError as errors:
            failed.extend(errors.exceptions)
        raise failed[0]

    async def emptied(self) -> None:
        """Wait until everything is acknowledged."""
        await self._none.wait()

    async def _send(self, number: int, message: Outgoing, publish: Publish) -> None:
        await publish(message)
        del self._in_flight[number]
        self.published += 1
        self._note_emptiness()

    async def _next(self) -> tuple[int, Outgoing]:
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        number, message = self._waiting.popitem(last=False)
        if not message.result:
            self._progress.popleft()
        self._in_flight[number] = message
        return number, message

    def _put_back(self) -> None:
        while self._in_flight:
            number, message = self._in_flight.popitem(last=True)
            self._waiting[number] = message
            self._waiting.move_to_end(number, last=False)
            if not message.result:
                self._progress.appendleft(number)

    def _replaces_older(self, message: Outgoing) -> bool:
        older = self._retained.get(message.topic, 0)
        if older not in self._waiting:
            return False
        self._waiting[older] = message
        return True

    def _make_room(self, *, for_result: bool) -> bool:
        self.dropped += 1
        if self._progress:
            del self._waiting[self._progress.popleft()]
            return True
        if for_result and self._waiting:
            self._waiting.popitem(last=False)
            return True
        return for_result

    def _note_emptiness(self) -> None:
        if not self._waiting and not self._in_flight:
            self._none.set()
