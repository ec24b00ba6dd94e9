"""Which announcements were already said: by id, and by key within a cool-down."""

from collections import OrderedDict


class DuplicateGuard:
    """Remembers the last `remember` ids and keys; the oldest are forgotten first."""

    def __init__(self, remember: int) -> None:
        self._remember = remember
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._keys: OrderedDict[str, float] = OrderedDict()

    def seen_id(self, announcement_id: str) -> bool:
        """Whether this id came before; remembers it."""
        if announcement_id in self._ids:
            return True
        self._ids[announcement_id] = None
        _forget(self._ids, self._remember)
        return False

    def cooling_down(self, key: str, now: float, cool_down_s: float) -> bool:
        """Whether `key` was let through less than `cool_down_s` ago; if not, it is now."""
        last = self._keys.get(key)
        if last is not None and now - last < cool_down_s:
            return True
        self._keys[key] = now
        self._keys.move_to_end(key)
        _forget(self._keys, self._remember)
        return False

    def forget_id(self, announcement_id: str) -> None:
        """Let this id come again."""
        self._ids.pop(announcement_id, None)

    def forget_key(self, key: str) -> None:
        """End the cool-down of `key`."""
        self._keys.pop(key, None)

    def resize(self, remember: int) -> None:
        """Change how many are remembered."""
        self._remember = remember
        _forget(self._ids, remember)
        _forget(self._keys, remember)


def _forget(memory: "OrderedDict[str, None] | OrderedDict[str, float]", remember: int) -> None:
    while len(memory) > remember:
        memory.popitem(last=False)
