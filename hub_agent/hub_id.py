"""What tells this hub from all others."""

import re
import secrets
from pathlib import Path
from typing import Final

from voices.durable import DiskFiles

HUB_ID: Final = re.compile(r"[0-9a-f]{32}")


def hub_id(path: Path) -> str:
    """The random id kept in `path`, made when it is not there; 32 hex digits. Raises `OSError`."""
    try:
        kept = DiskFiles().read(path, 64).decode("ascii", "replace").strip()
    except FileNotFoundError:
        kept = ""
    if HUB_ID.fullmatch(kept):
        return kept
    made = secrets.token_hex(16)
    DiskFiles().write(path, f"{made}\n".encode())
    return made
