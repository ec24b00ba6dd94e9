"""Kills the broker again and again, and starts it again on the same port."""

import random
import threading
import time
from typing import Self

from tests.bench.rig.broker import Broker
from tests.soak.tap import Tap

_JITTER = 0.4
_LONGEST_AWAY_S = 0.4


class Executioner:
    """While entered: SIGKILL about every `every_s` seconds, back after a moment.

    The tap is shut meanwhile, for the agent must see a closed port.
    """

    def __init__(self, broker: Broker, tap: Tap, every_s: float, seed: int) -> None:
        self.kills: list[float] = []
        """When it killed (CLOCK_MONOTONIC)."""
        self.away_s = 0.0
        self.failure: str | None = None
        self._broker = broker
        self._tap = tap
        self._every_s = every_s
        self._rng = random.Random(seed)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._work, name="executioner", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._enough.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._enough.wait(self._every_s * self._rng.uniform(1 - _JITTER, 1 + _JITTER)):
            try:
                self._kill()
            except RuntimeError as error:
                self.failure = str(error)
                return

    def _kill(self) -> None:
        killed = time.monotonic()
        self._broker.kill()
        self._tap.shut()
        self.kills.append(killed)
        time.sleep(self._rng.uniform(0, _LONGEST_AWAY_S))
        self._broker.start()
        self._tap.open()
        self.away_s += time.monotonic() - killed
