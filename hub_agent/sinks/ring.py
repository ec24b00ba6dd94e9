"""The ring between the event loop and a device's callback."""

import numpy as np

from hub_agent.audio.stage import Samples


class Ring:
    """Single producer, single consumer, no locks.

    Each side moves only its own counter, and moves it after the samples are in place; under
    CPython storing an attribute is atomic. Counters grow for ever, so full and empty differ.
    """

    def __init__(self, capacity: int) -> None:
        self._buffer: Samples = np.zeros(capacity, np.float32)
        self.capacity = capacity
        self.written = 0
        self.taken = 0

    def available(self) -> int:
        """Samples that can be taken."""
        return self.written - self.taken

    def room(self) -> int:
        """Samples that can be put."""
        return self.capacity - self.available()

    def put(self, samples: Samples) -> int:
        """Producer: put as many samples as there is room for; how many that were."""
        count = min(samples.size, self.room())
        start = self.written % self.capacity
        first = min(count, self.capacity - start)
        self._buffer[start : start + first] = samples[:first]
        self._buffer[: count - first] = samples[first:count]
        self.written += count
        return count

    def take_into(self, out: Samples) -> int:
        """Consumer: fill the front of `out` with what there is; how many samples that were."""
        count = min(out.size, self.available())
        start = self.taken % self.capacity
        first = min(count, self.capacity - start)
        out[:first] = self._buffer[start : start + first]
        out[first:count] = self._buffer[: count - first]
        self.taken += count
        return count

    def drop(self) -> int:
        """Consumer: throw away what is inside; how many samples that were."""
        dropped = self.available()
        self.taken += dropped
        return dropped
