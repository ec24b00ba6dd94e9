"""What is remembered of greetings over restarts: nothing that is said, and nobody's name."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from voices.durable import DiskFiles

log = structlog.get_logger(__name__)

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
        self._path = path
        self._kept: Memories = {}

    def read(self) -> Memories:
        """What was kept last, as far as it makes sense."""
        try:
            document = json.loads(DiskFiles().read(self._path, MAX_FILE_BYTES))
            self._kept = {name: _memory(entry) for name, entry in document.items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, RecursionError):
            log.warning("greetings' memory cannot be read and is lost")
        return self._kept

    def keep(self, memories: Memories) -> None:
        """Write them where they changed; where that fails they hold until the agent ends."""
        if memories == self._kept:
            return
        self._kept = memories
        document = {name: asdict(memory) for name, memory in memories.items()}
        try:
            DiskFiles().write(self._path, json.dumps(document, default=_iso).encode())
        except OSError as error:
            log.warning("greetings cannot be kept", why=(error.strerror or "unknown").lower())


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


def _iso(value: datetime | time) -> str:
    return value.isoformat()
