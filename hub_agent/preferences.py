"""What the household turns while the agent runs: usual voice, volume, quiet."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from voices.durable import DiskFiles

log = structlog.get_logger(__name__)

MAX_FILE_BYTES: Final = 4096
FULL_VOLUME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All that can be turned.

    `voice` speaks where an announcement names none: a stock voice's id, or the random key of a
    person's voice, so that nobody is named on disk; None: the settings'. `volume` scales every
    room's own (%). While `quiet`, only critical announcements are spoken.
    """

    voice: str | None = field(default=None, repr=False)
    volume: int = FULL_VOLUME
    quiet: bool = False


class KeptPreferences:
    """What is preferred `now`, remembered over restarts; a broken file costs only that."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.now = self._written = _read(path)
        self._turned = asyncio.Event()

    def turn(self, preferences: Preferences) -> None:
        """They hold at once, and are written down as soon as the disk allows."""
        self.now = preferences
        self._turned.set()

    async def write_down(self) -> None:
        """Write every change, until cancelled."""
        while True:
            await self._turned.wait()
            self._turned.clear()
            await self.write()

    async def write(self) -> None:
        """Write what is not written; where that fails it holds until the agent ends."""
        if self.now == self._written:
            return
        self._written = wanted = self.now
        try:
            await asyncio.to_thread(DiskFiles().write, self._path, _document(wanted))
        except OSError as error:
            log.warning("preferences cannot be kept", why=(error.strerror or "unknown").lower())


def _read(path: Path) -> Preferences:
    try:
        document = json.loads(DiskFiles().read(path, MAX_FILE_BYTES))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError):
        log.warning("preferences cannot be read and are forgotten")
        return Preferences()
    return _preferences(document if isinstance(document, dict) else {})


def _document(preferences: Preferences) -> bytes:
    return json.dumps(asdict(preferences)).encode()


def _preferences(document: Mapping[str, Any]) -> Preferences:
    voice, volume = document.get("voice"), document.get("volume")
    return Preferences(
        voice=voice if isinstance(voice, str) else None,
        volume=min(max(volume, 0), FULL_VOLUME) if type(volume) is int else FULL_VOLUME,
        quiet=document.get("quiet") is True,
    )
