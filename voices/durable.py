"""Files that survive a power cut: what a call has returned from is on the disk."""

import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

Data = bytes | bytearray | memoryview

PRIVATE_FILE_MODE = 0o600
PRIVATE_FOLDER_MODE = 0o700
_TEMPORARY_MARK = ".writing-"
_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC


class UnsafeFileError(OSError):
    """What was to be read is a link, no plain file, or far too big."""


class Files(Protocol):
    """Reading and durable writing; everything that goes wrong is an OSError."""

    def read(self, path: Path, max_bytes: int) -> bytes:
        """All of a plain file that is no link and not bigger than `max_bytes`."""
        ...

    def write(self, path: Path, data: Data) -> None:
        """Replace a file as a whole: afterwards it has the old content or the new one."""
        ...

    def write_soon(self, path: Path, data: Data) -> None:
        """As `write`, but a power cut may leave the file torn or missing."""
        ...

    def append(self, path: Path, data: Data) -> None:
        """Add to the end of a file, which is made when missing; a power cut may tear it."""
        ...

    def append_soon(self, path: Path, data: Data) -> None:
        """As `append` to a file that is there, but a power cut may lose it.

        The end of this process does not, and the next `append` to the file puts it on the disk.
        """
        ...

    def size(self, path: Path) -> int | None:
        """Bytes of a file; None where there is none."""
        ...

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file to `size` bytes."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is fine."""
        ...

    def move(self, source: Path, target: Path) -> None:
        """Rename a file or a folder in one step, replacing a file or an empty folder."""
        ...

    def names(self, folder: Path) -> list[str]:
        """What is in a folder, sorted."""
        ...

    def make_folder(self, path: Path) -> None:
        """Make a private folder with its parents; one that is there is fine."""
        ...

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder; one that is not there is fine."""
        ...


class DiskFiles:
    """`Files` on a real disk. Every change is made of steps, each told to `_step` beforehand."""

    def read(self, path: Path, max_bytes: int) -> bytes:
        """All of a plain file that is no link and not bigger than `max_bytes`."""
        # O_NONBLOCK: opening a named pipe must not wait for somebody at its other end.
        with _opened(path, os.O_RDONLY | os.O_NONBLOCK) as fd:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise UnsafeFileError(f"{path} is no plain file")
            if found.st_size > max_bytes:
                raise UnsafeFileError(f"{path} is bigger than {max_bytes} bytes")
            return _read_all(fd, path, max_bytes)

    def write(self, path: Path, data: Data) -> None:
        """Replace a file as a whole: afterwards it has the old content or the new one."""
        self._replace(path, data, self._flush)
        self._flush_folder(path.parent)

    def write_soon(self, path: Path, data: Data) -> None:
        """As `write`, but a power cut may leave the file torn or missing."""
        self._replace(path, data, lambda _fd: None)

    def _replace(self, path: Path, data: Data, flush: Callable[[int], None]) -> None:
        temporary = path.with_name(f".{path.name}{_TEMPORARY_MARK}{secrets.token_hex(8)}")
        try:
            self._step("make", temporary)
            with _opened(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as fd:
                self._pour(fd, data)
                # The kernel's own times stand still for milliseconds; these tell writes apart.
                os.utime(fd, ns=(now := time.time_ns(), now))
                flush(fd)
            self._step("rename", path)
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def append(self, path: Path, data: Data) -> None:
        """Add to the end of a file, which is made when missing; a power cut may tear it."""
        is_new = not path.exists()
        with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as fd, _undone(fd):
            self._pour(fd, data)
            self._flush(fd)
        if is_new:
            self._flush_folder(path.parent)

    def append_soon(self, path: Path, data: Data) -> None:
        """As `append` to a file that is there, but a power cut may lose it."""
        with _opened(path, os.O_WRONLY | os.O_APPEND) as fd, _undone(fd):
            self._pour(fd, data)

    def size(self, path: Path) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            return path.lstat().st_size
        except FileNotFoundError:
            return None

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file to `size` bytes."""
        with _opened(path, os.O_WRONLY) as fd:
            self._step("truncate", path)
            os.ftruncate(fd, size)
            self._flush(fd)

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is fine."""
        self._step("remove", path)
        with suppress(FileNotFoundError):
            path.unlink()
            self._flush_folder(path.parent)

    def move(self, source: Path, target: Path) -> None:
        """Rename a file or a folder in one step, replacing a file or an empty folder."""
        self._step("rename", target)
        source.replace(target)
        self._flush_folder(target.parent)
        if source.parent != target.parent:
            self._flush_folder(source.parent)

    def names(self, folder: Path) -> list[str]:
        """What is in a folder, sorted."""
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths

    def make_folder(self, path: Path) -> None:
        """Make a private folder with its parents; one that is there is fine."""
        if path.is_dir():
            return
        if path.parent != path:
            self.make_folder(path.parent)
        self._step("make folder", path)
        path.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
        if _is_for_another(path):
            os.chown(path, rightful_owner(path), -1)
        self._flush_folder(path.parent)

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder; one that is not there is fine."""
        self._step("remove folder", path)
        with suppress(FileNotFoundError):
            path.rmdir()
            self._flush_folder(path.parent)

    def _step(self, what: str, path: Path) -> None:
        """Told before each step, so that tests can cut the power there."""

    def _pour(self, fd: int, data: Data) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]

    def _flush(self, fd: int) -> None:
        os.fsync(fd)

    def _flush_folder(self, folder: Path) -> None:
        self._step("flush folder", folder)
        with _opened(folder, os.O_RDONLY | os.O_DIRECTORY, follow=True) as fd:
            os.fsync(fd)


def rightful_owner(path: Path) -> int:
    """The user whose file this is: ours, or for the super-user the one whose folder it is in.

    So an administrator can work on the data of a service without taking it away.
    """
    return os.geteuid() or path.parent.stat().st_uid


def is_leftover(name: str) -> bool:
    """Whether this is the name of a temporary file that a power cut left behind."""
    return name.startswith(".") and _TEMPORARY_MARK in name


def leftovers(path: Path, files: Files) -> list[Path]:
    """Temporary files that power cuts left behind while `path` was written."""
    mark = f".{path.name}{_TEMPORARY_MARK}"
    return [path.with_name(name) for name in files.names(path.parent) if name.startswith(mark)]


@contextmanager
def _opened(path: Path, flags: int, *, follow: bool = False) -> Iterator[int]:
    safe = os.O_CLOEXEC if follow else _SAFE
    fd = os.open(path, flags | safe, PRIVATE_FILE_MODE)
    try:
        if flags & os.O_CREAT and _is_for_another(path):
            os.fchown(fd, rightful_owner(path), -1)
        yield fd
    finally:
        os.close(fd)


@contextmanager
def _undone(fd: int) -> Iterator[None]:
    """Take back what was added to a file when the disk refuses a part of it."""
    size = os.fstat(fd).st_size
    try:
        yield
    except OSError:
        with suppress(OSError):
            os.ftruncate(fd, size)
        raise


def _read_all(fd: int, path: Path, max_bytes: int) -> bytes:
    """What the file holds, even when it grows meanwhile."""
    pieces: list[bytes] = []
    size = 0
    while piece := os.read(fd, min(1 << 20, max_bytes + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise UnsafeFileError(f"{path} is bigger than {max_bytes} bytes")
    return b"".join(pieces)


def _is_for_another(path: Path) -> bool:
    return os.geteuid() == 0 and rightful_owner(path) != 0
