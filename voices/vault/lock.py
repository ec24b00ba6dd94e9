"""One writer at a time, among all processes."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voices.durable import PRIVATE_FILE_MODE
from voices.errors import VaultBusyError

LOCK_NAME = ".lock"
PATIENCE_S = 2.0
_PAUSE_S = 0.02


@contextmanager
def writing(folder: Path, *, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Be the only writer of the vault in `folder`; VaultBusyError when another one does not end.

    The kernel frees the lock of a process that dies.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(folder / LOCK_NAME, flags, PRIVATE_FILE_MODE)
    try:
        _wait_for(fd, time.monotonic() + patience_s)
        yield
    finally:
        os.close(fd)


def _wait_for(fd: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise VaultBusyError(
                    "somebody else is changing the vault", hint="try again in a moment"
                ) from error
            time.sleep(_PAUSE_S)
        else:
            return
