"""When a device or peer that failed is tried again."""

from hub_agent.backoff import Backoff
from hub_agent.clock import Clock

FIRST_S = 0.5
MOST_S = 5.0
"""Someone who plugs the loudspeaker back in hears the next announcement but one at the latest."""


class Retry:
    """Says whether it is time for another attempt; the pauses between attempts grow."""

    def __init__(self, clock: Clock, *, first_s: float = FIRST_S, most_s: float = MOST_S) -> None:
        self._clock = clock
        self._backoff = Backoff(first_s, most_s, spread=0.0)
        self._not_before = clock.monotonic()

    def due(self) -> bool:
        """Whether an attempt may be made now."""
        return self._clock.monotonic() >= self._not_before

    def failed(self, at_least_s: float = 0.0) -> None:
        """An attempt failed: the pause grows; this once it may be longer than `most_s`."""
        self._not_before = self._clock.monotonic() + max(at_least_s, self._backoff.next_s())

    def worked(self) -> None:
        """It works: the next failure may be tried again at once."""
        self._backoff.reset()
        self._not_before = self._clock.monotonic()
