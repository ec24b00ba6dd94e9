"""Failed tries with a token: each one more from an address waits longer for its answer."""

from collections import OrderedDict
from typing import Final

from hub_agent.clock import Clock
from hub_agent.errors import UnavailableError

FREE_TRIES: Final = 3
FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 5.0
FORGOTTEN_AFTER_S: Final = 60.0
MOST_WAITING: Final = 4
"""From one address; more of them are told to come back later."""
MOST_WAITING_IN_ALL: Final = 32
MOST_ADDRESSES: Final = 1024


class _Record:
    def __init__(self) -> None:
        self.failures = 0
        self.last_at = 0.0
        self.waiting = 0


class Tries:
    """Counts by address; beyond `MOST_ADDRESSES` the oldest is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._waiting = 0

    async def failed(self, address: str) -> None:
        """Note a failure and wait as long as it deserves.

        Raises `UnavailableError` with reason `too_many_tries` for one that may not even wait.
        """
        record = self._record(address)
        record.failures += 1
        wait_s = _wait_s(record.failures)
        if wait_s:
            await self._wait(record, wait_s)

    async def _wait(self, record: _Record, wait_s: float) -> None:
        if record.waiting >= MOST_WAITING or self._waiting >= MOST_WAITING_IN_ALL:
            raise UnavailableError(
                "too many tries with a wrong token", hint="hub-agent token", reason="too_many_tries"
            )
        record.waiting += 1
        self._waiting += 1
        try:
            await self._clock.sleep(wait_s)
        finally:
            record.waiting -= 1
            self._waiting -= 1

    def _record(self, address: str) -> _Record:
        now = self._clock.monotonic()
        record = self._records.pop(address, None)
        if record is None or now - record.last_at > FORGOTTEN_AFTER_S:
            record = _Record()
        record.last_at = now
        self._records[address] = record
        if len(self._records) > MOST_ADDRESSES:
            self._records.popitem(last=False)
        return record


def _wait_s(failures: int) -> float:
    if failures <= FREE_TRIES:
        return 0.0
    return float(min(FIRST_WAIT_S * 2.0 ** min(failures - FREE_TRIES - 1, 10), LONGEST_WAIT_S))
