"""What a disk says when it is written to, in words; and whether it has room."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hub_agent.errors import HubAgentError, RefusedError, UnavailableError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_SPARE_BYTES: Final = 64 << 20
"""Stays free for everything else that writes."""


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Turns an `OSError` of the block into words."""
    try:
        yield
    except OSError as error:
        raise not_writable(folder, error) from error


def not_writable(folder: Path, error: OSError) -> HubAgentError:
    """Why nothing can be written into `folder`."""
    if error.errno in _FULL:
        return _full(folder, "it is full")
    why = (error.strerror or "unknown reason").lower()
    return RefusedError(f"cannot write into {folder}: {why}", hint=f"df -h {folder.parent}")


def require_room(folder: Path, num_bytes: int) -> None:
    """Raises `UnavailableError` where the disk of `folder` cannot take so much more."""
    free = max(0, shutil.disk_usage(folder).free - _SPARE_BYTES)
    if num_bytes > free:
        raise _full(folder, f"{megabytes(num_bytes)} are needed, {megabytes(free)} are free")


def megabytes(num_bytes: int) -> str:
    """As people read it."""
    return f"{num_bytes / 1e6:.1f} MB"


def _full(folder: Path, why: str) -> UnavailableError:
    error = UnavailableError(
        f"no room in {folder}: {why}",
        hint=f"make room, then type the same again: hub-agent models list; df -h {folder}",
        reason="disk_full",
    )
    error.retry = False
    return error
