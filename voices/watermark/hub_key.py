"""The hub's own secret, which marks its stock voices: no person's, and no vault is needed."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from voices.durable import PRIVATE_FILE_MODE, DiskFiles
from voices.errors import VoicesError
from voices.watermark.keys import MASTER_BYTES

STOCK_SLOT: Final = 15
"""The slot of all stock voices; persons have the others."""


class HubKeyError(VoicesError):
    """The file with the hub's secret cannot be read, or is none."""

    exit_code = 65
    reason = "mark_key_unusable"


class NoPlaceForKeyError(HubKeyError):
    """There is no secret yet, and none can be stored."""


def hub_key(path: Path) -> bytes:
    """The master secret in `path`, 32 bytes; made when there is none.

    Several processes may ask at once: all get the same. Raises `HubKeyError`, of which
    `NoPlaceForKeyError` is one.
    """
    try:
        if not path.exists():
            _make(path)
        key = DiskFiles().read(path, MASTER_BYTES)
    except OSError as error:
        raise HubKeyError(f"{path} cannot be used: {error.strerror or 'not a file'}") from error
    if len(key) != MASTER_BYTES:
        raise HubKeyError(f"{path} is no key of {MASTER_BYTES} bytes", hint=f"rm {path}")
    return key


def _make(path: Path) -> None:
    """A complete file gets its name, unless another process was quicker."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _store(path, path.with_name(f".{path.name}.{secrets.token_hex(8)}"))
    except OSError as error:
        raise NoPlaceForKeyError(f"{path} cannot be made: {error.strerror}") from error


def _store(path: Path, draft: Path) -> None:
    try:
        DiskFiles().write(draft, secrets.token_bytes(MASTER_BYTES))
        draft.chmod(PRIVATE_FILE_MODE)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
