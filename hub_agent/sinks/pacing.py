"""Real time for outputs that have no clock of their own."""

from hub_agent.clock import Clock


class Pacer:
    """Imagines a device that plays at `sample_rate` from the first sample on.

    Writers run at most `lead_ms` ahead of it. When it runs dry in the middle of an utterance,
    that is one underrun, and it starts again with the next sample.
    """

    def __init__(self, clock: Clock, sample_rate: int, lead_ms: float) -> None:
        self._clock = clock
        self._sample_rate = sample_rate
        self._lead_s = lead_ms / 1000
        self._ends_at = 0.0
        self._in_utterance = False
        self.underruns = 0

    def begin(self) -> None:
        """A new utterance: running dry before its first sample does not count."""
        self._in_utterance = False

    async def take(self, num_samples: int) -> None:
        """Count samples, and wait until they are no more than the lead ahead."""
        self.count(num_samples)
        await self._until(self._ends_at - self._lead_s)

    def count(self, num_samples: int) -> None:
        """Count samples without waiting."""
        now = self._clock.monotonic()
        if self._ends_at < now:
            self.underruns += self._in_utterance
            self._ends_at = now
        self._ends_at += num_samples / self._sample_rate
        self._in_utterance = True

    async def drain(self) -> None:
        """Wait until everything counted so far would have been played."""
        await self._until(self._ends_at)
        self._in_utterance = False

    def unplayed(self) -> int:
        """Samples counted but not yet played."""
        return max(0, round((self._ends_at - self._clock.monotonic()) * self._sample_rate))

    def forget(self) -> int:
        """What was not yet played never will be; how many samples that were."""
        unplayed = self.unplayed()
        self._ends_at = self._clock.monotonic()
        self._in_utterance = False
        return unplayed

    async def _until(self, moment: float) -> None:
        wait_s = moment - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)
