"""What the household turns while the agent runs: usual voice, volume, quiet."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from hub_agent.kept_json import KeptJson

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
        self._file = KeptJson(path, max_bytes=MAX_FILE_BYTES)
        self.now = self._written = _preferences(self._file.read())
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
        await asyncio.to_thread(self._file.write, asdict(wanted))


def _preferences(document: Mapping[str, Any]) -> Preferences:
    voice, volume = document.get("voice"), document.get("volume")
    return Preferences(
        voice=voice if isinstance(voice, str) else None,
        volume=min(max(volume, 0), FULL_VOLUME) if type(volume) is int else FULL_VOLUME,
        quiet=document.get("quiet") is True,
    )
