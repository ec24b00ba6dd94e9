"""Small JSON files that the agent keeps for itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from voices.durable import DiskFiles

log = structlog.get_logger(__name__)


class KeptJson:
    """One object in a file; where that cannot be used, only what it held is lost."""

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes

    def read(self) -> Mapping[str, Any]:
        """The object; empty where there is none that can be read."""
        try:
            document = json.loads(DiskFiles().read(self._path, self._max_bytes))
        except FileNotFoundError:
            return {}
        except OSError as error:
            return self._anew(_why(error))
        except (ValueError, RecursionError):
            return self._anew("it is damaged")
        return document if isinstance(document, dict) else self._anew("it is damaged")

    def write(self, document: Mapping[str, Any]) -> None:
        """Keep the object over a power cut; where that fails a warning says so."""
        try:
            DiskFiles().write(self._path, json.dumps(document).encode())
        except OSError as error:
            log.warning("a file cannot be written", file=self._path.name, why=_why(error))

    def _anew(self, why: str) -> Mapping[str, Any]:
        log.warning("a file cannot be read and starts anew", file=self._path.name, why=why)
        return {}


def _why(error: OSError) -> str:
    return (error.strerror or "unknown").lower()
