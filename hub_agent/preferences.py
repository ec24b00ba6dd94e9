"""What the household turns while the agent runs: usual voice, volume, quiet."""

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


class PreferencesFile:
    """Remembers preferences over restarts; a file that cannot be used costs only them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = Preferences()

    def read(self) -> Preferences:
        """What was kept last, as far as it makes sense."""
        try:
            document = json.loads(DiskFiles().read(self._path, MAX_FILE_BYTES))
        except FileNotFoundError:
            return self._kept
        except (OSError, ValueError):
            log.warning("preferences cannot be read and are forgotten")
            return self._kept
        self._kept = _preferences(document if isinstance(document, dict) else {})
        return self._kept

    def keep(self, preferences: Preferences) -> None:
        """Write them where they changed; where that fails they hold until the agent ends."""
        if preferences == self._kept:
            return
        self._kept = preferences
        try:
            DiskFiles().write(self._path, json.dumps(asdict(preferences)).encode())
        except OSError as error:
            log.warning("preferences cannot be kept", why=(error.strerror or "unknown").lower())


def _preferences(document: Mapping[str, Any]) -> Preferences:
    voice, volume = document.get("voice"), document.get("volume")
    return Preferences(
        voice=voice if isinstance(voice, str) else None,
        volume=min(max(volume, 0), FULL_VOLUME) if type(volume) is int else FULL_VOLUME,
        quiet=document.get("quiet") is True,
    )
