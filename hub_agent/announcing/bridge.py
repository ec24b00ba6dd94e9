"""The one bridge between a worker thread and the event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Generic, Protocol, TypeVar

import structlog

from hub_agent.workers import run_in_worker

log = structlog.get_logger(__name__)

LEAVE_TIMEOUT_S = 5.0


class Sized(Protocol):
    """An item that says how many seconds of room it takes."""

    @property
    def duration_s(self) -> float:
        """Seconds of audio."""
        ...


T = TypeVar("T", bound=Sized)


class ThreadStream(Generic[T]):
    """Items on their way from one worker thread (`emit`, `wait_for_room`) to the loop (`get`).

    `emit` never waits, so whoever produces is never held up in the middle of something; it
    waits for room between things. What is buffered is thus bounded by `ahead_s` plus what the
    thread emits between two calls of `wait_for_room`.
    """

    def __init__(self, ahead_s: float) -> None:
        self._ahead_s = ahead_s
        self._loop = asyncio.get_running_loop()
        self._items: deque[T] = deque()
        self._arrived = asyncio.Event()
        self._room = threading.Condition()
        self._buffered_s = 0.0
        self._cancelled = False
        self._ended = False
        self._error: BaseException | None = None
        self._left = asyncio.Event()

    def emit(self, item: T) -> bool:
        """Thread: hand over an item; False when nobody wants more."""
        with self._room:
            if self._cancelled:
                return False
            self._buffered_s += item.duration_s
        self._call(self._put, item)
        return True

    def wait_for_room(self) -> bool:
        """Thread: wait until less than `ahead_s` is buffered; False when nobody wants more."""
        with self._room:
            self._room.wait_for(lambda: self._cancelled or self._buffered_s < self._ahead_s)
            return not self._cancelled

    def cancelled(self) -> bool:
        """Thread: whether nobody wants more."""
        return self._cancelled

    async def get(self) -> T | None:
        """Loop: the next item, None at the end; raises what the thread raised."""
        while not self._items:
            if self._ended:
                if self._error is not None:
                    raise self._error
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._take()

    def get_nowait(self) -> T | None:
        """Loop: the next item if it is already here."""
        return self._take() if self._items else None

    def _take(self) -> T:
        item = self._items.popleft()
        with self._room:
            self._buffered_s -= item.duration_s
            self._room.notify()
        return item

    def _put(self, item: T) -> None:
        self._items.append(item)
        self._arrived.set()

    def _end(self, error: BaseException | None) -> None:
        self._error, self._ended = error, True
        self._arrived.set()
        self._left.set()

    def _call(self, function: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is closed: nobody listens any more
            self._cancelled = True

    def _run(self, work: "Callable[[ThreadStream[T]], None]") -> None:
        try:
            work(self)
        except BaseException as error:  # noqa: BLE001 - travels to the loop
            self._call(self._end, error)
        else:
            self._call(self._end, None)

    async def _leave(self) -> None:
        with self._room:
            self._cancelled = True
            self._room.notify()
        try:
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                await self._left.wait()
        except TimeoutError:
            log.error("a worker thread does not stop and was left behind")


@asynccontextmanager
async def stream_from_thread(
    work: Callable[[ThreadStream[T]], None], *, name: str, ahead_s: float
) -> AsyncGenerator[ThreadStream[T], None]:
    """Run `work` in a worker thread and stream what it emits.

    Leaving the block cancels the work and waits until the thread has let go. A thread that does
    not within `LEAVE_TIMEOUT_S` is left behind as a daemon: one broken library must not hang
    the agent.
    """
    stream: ThreadStream[T] = ThreadStream(ahead_s)
    run_in_worker(name, partial(stream._run, work))  # noqa: SLF001
    try:
        yield stream
    finally:
        await stream._leave()  # noqa: SLF001
