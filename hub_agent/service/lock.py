"""One agent per data folder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from hub_agent.errors import AgentBusyError, RefusedError
from voices.durable import PRIVATE_FILE_MODE

LOCK_NAME = "agent.lock"


class DataLock:
    """Holds the data folder while entered; the kernel lets go of it when the process dies."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_NAME
        self._fd = -1

    def __enter__(self) -> Self:
        """Take the folder or raise `AgentBusyError`, which names the holder."""
        self._fd = _open(self._path)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _read_pid(self._fd)
            os.close(self._fd)
            raise _busy(self._path.parent, holder) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go. The file stays: removing it would let two agents lock two files."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
    except OSError as error:
        raise RefusedError(
            f"cannot lock {path}: {(error.strerror or 'unknown reason').lower()}",
            hint=f"give the folder to the user of the agent: chown -R $(id -u) {path.parent}",
        ) from error


def _read_pid(fd: int) -> int | None:
    text = os.pread(fd, 32, 0).strip()
    return int(text) if text.isdigit() else None


def _busy(data_dir: Path, holder: int | None) -> AgentBusyError:
    who = "another agent" if holder is None else f"another agent (process {holder})"
    stop = "stop it" if holder is None else f"stop it with `kill {holder}`"
    return AgentBusyError(
        f"{who} uses the data folder {data_dir}",
        hint=f"{stop}, or give this one its own folder: HUB_AGENT__DATA_DIR=/path hub-agent run",
    )
