"""A file that is being downloaded: what is there survives, so that the next try goes on."""

import fcntl
import json
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub_agent.downloads.disk import not_writable, require_room, writing_into
from hub_agent.errors import AgentBusyError
from voices.durable import PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE

if TYPE_CHECKING:
    from hashlib import _Hash

_MAX_MARK_BYTES: Final = 4096
_PIECE_BYTES: Final = 1 << 20


class PartialFile:
    """`<target>.part`, held by one process at a time; all methods touch the disk.

    Beside it, `<target>.mark` says which version of the file on the server it is a part of.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._mark = target.with_name(f"{target.name}.mark")
        self._fd = -1

    def open(self) -> None:
        """Take it, or raise `AgentBusyError`."""
        try:
            self._path.parent.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._fd = os.open(self._path, flags, PRIVATE_FILE_MODE)
        except OSError as error:
            raise not_writable(self._path.parent, error) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._fd)
            raise AgentBusyError(
                f"{self._target.name} is being downloaded already",
                hint="wait until the other command is done",
                reason="download_running",
            ) from error

    def close(self) -> None:
        """Let go of it; what is there stays."""
        os.close(self._fd)

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return os.fstat(self._fd).st_size

    def mark(self) -> str | None:
        """What the server called the version of which this is a part; None: start anew."""
        try:
            with self._mark.open("rb") as file:
                mark = json.loads(file.read(_MAX_MARK_BYTES))
        except (OSError, ValueError):
            return None
        return mark if isinstance(mark, str) else None

    def restart(self, mark: str | None) -> None:
        """Forget what is there; what comes now is of version `mark`."""
        with self._writing():
            os.ftruncate(self._fd, 0)
            self._mark.unlink(missing_ok=True)
            if mark is not None:
                self._mark.write_text(json.dumps(mark), "utf-8")

    def append(self, data: bytes) -> None:
        """Add to its end."""
        with self._writing():
            os.lseek(self._fd, 0, os.SEEK_END)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._fd, rest) :]

    def require_room(self, num_bytes: int) -> None:
        """Raises `UnavailableError` where the disk cannot take so much more."""
        require_room(self._path.parent, num_bytes)

    def hexdigest(self, digest: "_Hash") -> str:
        """Of what `digest` was begun with, and what is there."""
        offset = 0
        while piece := os.pread(self._fd, _PIECE_BYTES, offset):
            digest.update(piece)
            offset += len(piece)
        return digest.hexdigest()

    def finish(self) -> None:
        """Give the file its name, durably."""
        with self._writing():
            os.fsync(self._fd)
            self._path.replace(self._target)
            self._mark.unlink(missing_ok=True)
            folder = os.open(self._target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _writing(self) -> AbstractContextManager[None]:
        return writing_into(self._path.parent)
