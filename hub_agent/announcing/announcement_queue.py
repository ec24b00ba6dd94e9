"""What waits for one room: bounded, by priority, then by arrival."""

from hub_agent.announcing.delivery import Delivery


class AnnouncementQueue:
    """A pure data structure: no waiting, no clock, no losses.

    Every delivery that goes in comes out of exactly one call: `pop`, `expire`, `remove`,
    `drain`, or as the victim that `put` returns when all `size` places are taken.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: list[Delivery] = []
        self._next_order = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def resize(self, size: int) -> list[Delivery]:
        """Change the number of places; returns whoever no longer has one."""
        self._size = size
        return [self._pop_least_important() for _ in range(len(self._waiting) - size)]

    def put(self, delivery: Delivery) -> Delivery | None:
        """Add `delivery`; returns the least important, perhaps itself, when there is no room."""
        self._next_order += 1
        delivery.order = self._next_order
        self._waiting.append(delivery)
        return self._pop_least_important() if len(self._waiting) > self._size else None

    def put_back(self, delivery: Delivery) -> None:
        """Return an interrupted delivery to its old place; it may exceed the bound by one."""
        self._waiting.append(delivery)

    def pop(self, now: float) -> Delivery | None:
        """Take the next one that has not expired at `now`."""
        alive = [d for d in self._waiting if not d.expired(now)]
        if not alive:
            return None
        first = min(alive, key=_urgency)
        self._waiting.remove(first)
        return first

    def expire(self, now: float) -> list[Delivery]:
        """Take all that have expired at `now`."""
        return self._take([d for d in self._waiting if d.expired(now)])

    def next_expiry(self) -> float | None:
        """When the next one expires."""
        return min((d.expires_at for d in self._waiting if d.expires_at is not None), default=None)

    def remove(self, announcement_id: str) -> list[Delivery]:
        """Take those of one announcement."""
        return self._take([d for d in self._waiting if d.announcement.id == announcement_id])

    def drain(self) -> list[Delivery]:
        """Take everything."""
        return self._take(list(self._waiting))

    def _take(self, taken: list[Delivery]) -> list[Delivery]:
        for delivery in taken:
            self._waiting.remove(delivery)
        return taken

    def _pop_least_important(self) -> Delivery:
        least = max(self._waiting, key=_urgency)
        self._waiting.remove(least)
        return least


def _urgency(delivery: Delivery) -> tuple[int, int]:
    """Sorts the most urgent, then the oldest, first."""
    return (-delivery.announcement.priority, delivery.order)
