"""What is remembered of greetings over restarts: nothing that is said, and nobody's name."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final, TypeVar

from hub_agent.kept_json import KeptJson

MAX_FILE_BYTES: Final = 64 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of one greeting.

    `at` (a time of day) and `enabled` are what the household chose, None: the settings'. Moments
    until `done` are over. `text` is the place of the last one said in the settings' list.
    """

    at: time | None = None
    enabled: bool | None = None
    done: datetime | None = None
    text: int | None = None


Memories = Mapping[str, Memory]


class GreetingsFile:
    """Keeps memories by greeting; a file that cannot be used costs only them."""

    def __init__(self, path: Path) -> None:
        self._file = KeptJson(path, max_bytes=MAX_FILE_BYTES)
        self._kept: Memories = {}

    def read(self) -> Memories:
        """What was kept last, as far as it makes sense."""
        document = self._file.read()
        self._kept = {
            name: _memory(entry) for name, entry in document.items() if isinstance(entry, dict)
        }
        return self._kept

    def keep(self, memories: Memories) -> None:
        """Write them where they changed; where that fails they hold until the agent ends."""
        if memories == self._kept:
            return
        self._kept = memories
        self._file.write({name: _entry(memory) for name, memory in memories.items()})


def _entry(memory: Memory) -> Mapping[str, Any]:
    at = None if memory.at is None else memory.at.isoformat()
    done = None if memory.done is None else memory.done.isoformat()
    return asdict(memory) | {"at": at, "done": done}


def _memory(entry: Mapping[str, Any]) -> Memory:
    enabled, text = entry.get("enabled"), entry.get("text")
    done = _read(entry.get("done"), datetime.fromisoformat)
    at = _read(entry.get("at"), time.fromisoformat)
    return Memory(
        at=None if at is None or at.tzinfo else at,
        enabled=enabled if isinstance(enabled, bool) else None,
        done=None if done is None or done.tzinfo is None else done,
        text=text if type(text) is int else None,
    )


def _read(value: object, read: Callable[[str], T]) -> T | None:
    try:
        return read(value) if isinstance(value, str) else None
    except ValueError:
        return None
