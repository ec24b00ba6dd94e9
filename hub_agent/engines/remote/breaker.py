"""A circuit breaker: whoever keeps failing is left alone for a while."""

import threading
from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    """Closed: used. Open: left alone. Half-open: one may try whether it works again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Opens after `failures` in a row for `rest_s`; then one call decides. Thread-safe."""

    def __init__(self, *, failures: int, rest_s: float, monotonic: Callable[[], float]) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._trying = False

    @property
    def state(self) -> State:
        """What a call would meet now."""
        if self._failures < self._limit:
            return State.CLOSED
        resting = self._trying or self._monotonic() < self._rests_until
        return State.OPEN if resting else State.HALF_OPEN

    def admit(self) -> bool:
        """Whether to call; each call that is admitted ends in one of the three below."""
        with self._lock:
            state = self.state
            self._trying = self._trying or state is State.HALF_OPEN
            return state is not State.OPEN

    def succeeded(self) -> None:
        """It works."""
        with self._lock:
            self._failures, self._trying = 0, False

    def failed(self) -> None:
        """It does not."""
        with self._lock:
            self._failures += 1
            self._rests_until = self._monotonic() + self._rest_s
            self._trying = False

    def undecided(self) -> None:
        """The call was given up before it could tell; the next one decides."""
        with self._lock:
            self._trying = False
