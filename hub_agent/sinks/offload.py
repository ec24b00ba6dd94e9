"""Calls that may block for ever, kept away from the event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from hub_agent.errors import HubAgentError

T = TypeVar("T")


async def offload(
    call: Callable[[], T],
    *,
    name: str,
    timeout_s: float,
    abandoned: Callable[[T], object] | None = None,
) -> T:
    """Run `call` in a thread of its own; raises `TimeoutError` when it takes too long.

    The thread is a daemon: a driver that never returns holds up neither the loop nor the end of
    the process. A result that nobody waits for any more goes to `abandoned`, in that thread.
    """
    job = _Job(call, abandoned)
    threading.Thread(target=job.run, name=name, daemon=True).start()
    async with asyncio.timeout(timeout_s):
        return await job.answer


class _Job(Generic[T]):
    """One call, and the future that waits for it."""

    def __init__(self, call: Callable[[], T], abandoned: Callable[[T], object] | None) -> None:
        self._call = call
        self._abandoned = abandoned
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[T] = self._loop.create_future()

    def run(self) -> None:
        try:
            result = self._call()
        except BaseException as error:  # noqa: BLE001 – travels to whoever waits
            self._on_loop(partial(self._fail, error))
            return
        if not self._on_loop(lambda: self._deliver(result)):
            self._dispose(result)

    def _on_loop(self, callback: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def _fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def _deliver(self, result: T) -> None:
        if not self.answer.done():
            self.answer.set_result(result)
        elif self._abandoned is not None:
            in_background(lambda: self._dispose(result), name="abandoned")

    def _dispose(self, result: T) -> None:
        if self._abandoned is not None:
            self._abandoned(result)


def in_background(call: Callable[[], object], *, name: str) -> None:
    """Run `call` in a daemon thread and forget it; a typed failure of it is of no interest."""

    def run() -> None:
        with contextlib.suppress(HubAgentError):
            call()

    threading.Thread(target=run, name=name, daemon=True).start()
