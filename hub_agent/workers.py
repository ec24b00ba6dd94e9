"""Threads that are kept between jobs: a new one would cost milliseconds of the first sound."""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

MOST_IDLE = 8
IDLE_NAME = "worker.idle"


class _Worker(threading.Thread):
    """A daemon: one that hangs in a broken library does not keep the process alive."""

    def __init__(self) -> None:
        super().__init__(name=IDLE_NAME, daemon=True)
        self._jobs: SimpleQueue[tuple[str, Callable[[], None]]] = SimpleQueue()
        self.start()

    def give(self, name: str, job: Callable[[], None]) -> None:
        self._jobs.put((name, job))

    def run(self) -> None:
        while True:
            self.name, job = self._jobs.get()
            job()
            del job
            self.name = IDLE_NAME
            if len(_idle) >= MOST_IDLE:
                return
            _idle.append(self)


_idle: deque[_Worker] = deque()


def run_in_worker(name: str, job: Callable[[], None]) -> None:
    """Run `job`, which must not raise, in a thread that is called `name` meanwhile.

    There is always a thread at once, however many are busy; at most `MOST_IDLE` are kept.
    """
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
    worker.give(name, job)
