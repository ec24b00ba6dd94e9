"""What the agent holds, sampled all the time: memory, files, threads."""

import threading
import time
from dataclasses import dataclass
from typing import Self

import psutil

from tests.bench.figures import slope

_EVERY_S = 0.5
_MIB = 2**20
_COURSE_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look at the process."""

    at_s: float
    rss_mib: float
    files: int
    threads: int


class Watcher:
    """Samples the process twice a second while entered."""

    def __init__(self, process: psutil.Process) -> None:
        self.samples: list[Sample] = []
        self._process = process
        self._began = time.monotonic()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._enough.set()
        self._thread.join()

    def look(self) -> Sample:
        """The process now."""
        with self._process.oneshot():
            return Sample(
                at_s=time.monotonic() - self._began,
                rss_mib=self._process.memory_info().rss / _MIB,
                files=self._process.num_fds(),
                threads=self._process.num_threads(),
            )

    def growth_mib(self) -> float:
        """What memory grew over the second half, by the straight line through it."""
        half = self.samples[len(self.samples) // 2 :]
        if len(half) < 2:
            return 0.0
        times = [sample.at_s for sample in half]
        return slope(times, [sample.rss_mib for sample in half]) * (times[-1] - times[0])

    def course_mib(self) -> tuple[float, ...]:
        """Memory over the whole run in about a hundred steps."""
        step = max(1, len(self.samples) // _COURSE_STEPS)
        return tuple(round(sample.rss_mib, 2) for sample in self.samples[::step])

    def _work(self) -> None:
        while not self._enough.wait(_EVERY_S):
            try:
                self.samples.append(self.look())
            except psutil.NoSuchProcess:
                return
