"""What the disk says, in the words of the vault."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voices.durable import UnsafeFileError
from voices.errors import VaultDamagedError, VaultError
from voices.vault.fields import MalformedError

CHECK_HINT = "hub-agent vault check"
RESTORE_HINT = f"{CHECK_HINT}, then restore a backup: hub-agent vault restore"


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """Translate errors of the disk."""
    try:
        yield
    except UnsafeFileError as error:
        raise VaultDamagedError(str(error), hint=RESTORE_HINT) from error
    except OSError as error:
        raise _translated(error, folder) from error


@contextmanager
def content_of(name: str) -> Iterator[None]:
    """Whatever is wrong with the content of a file is told with its name."""
    try:
        yield
    except MalformedError as error:
        raise damaged(name, str(error)) from error


def damaged(name: str, why: str) -> VaultDamagedError:
    """The error about one file of the vault."""
    return VaultDamagedError(f"{name} of the vault is damaged: {why}", hint=RESTORE_HINT)


def missing(name: str) -> VaultDamagedError:
    """The error about a file of the vault that is gone."""
    return VaultDamagedError(f"{name} of the vault is missing", hint=RESTORE_HINT)


def _translated(error: OSError, folder: Path) -> VaultError:
    place = error.filename or folder
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return VaultError(
                f"no room on the disk of {folder}",
                hint="make room and try again: nothing was changed",
                reason="disk_full",
            )
        case errno.EROFS:
            return VaultError(
                f"the disk of {folder} is read-only",
                hint="see why in the system's log: dmesg",
                reason="read_only",
            )
        case errno.EACCES | errno.EPERM:
            return VaultError(
                f"{place} belongs to somebody else",
                hint="run it as the user the agent runs as",
                reason="not_permitted",
            )
        case errno.ELOOP:
            return VaultDamagedError(f"{place} is a link", hint=RESTORE_HINT)
        case _:
            why = (error.strerror or type(error).__name__).lower()
            return VaultError(f"{place} cannot be used: {why}", reason="disk_failed")
