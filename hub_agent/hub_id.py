"""What tells this hub from all others."""

import re
import secrets
from pathlib import Path
from typing import Final

import structlog

from voices.durable import DiskFiles

log = structlog.get_logger(__name__)

HUB_ID: Final = re.compile(r"[0-9a-f]{32}")


def hub_id(path: Path) -> str:
    """The random id kept in `path`, made when it is not there; 32 hex digits.

    One that cannot be kept holds until the agent ends.
    """
    made = secrets.token_hex(16)
    try:
        return _kept(path) or _keep(path, made)
    except OSError as error:
        log.warning("the hub's id cannot be kept", why=(error.strerror or "unknown").lower())
        return made


def _kept(path: Path) -> str | None:
    try:
        kept = DiskFiles().read(path, 64).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    return kept if HUB_ID.fullmatch(kept) else None


def _keep(path: Path, made: str) -> str:
    DiskFiles().write(path, f"{made}\n".encode())
    return made
