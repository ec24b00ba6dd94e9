"""Files that have their name only when they are complete."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

from hub_agent.errors import SinkError

PART_SUFFIX = ".part"

Finishing: TypeAlias = Callable[[Path], None]
"""What is done to a complete file before it gets its name; may raise `OSError`."""


class PartFile:
    """A new file under a name of its own until `publish`. Blocking. Raises `OSError`."""

    def __init__(self, path: Path, mode: int) -> None:
        self._path = path
        self.file = _create(path, mode)

    def publish(self, finishing: Finishing | None) -> None:
        """Safe on the disk, then under its name."""
        self.file.close()
        part = part_path(self._path)
        if finishing is not None:
            finishing(part)
        with part.open("rb") as complete:
            os.fsync(complete.fileno())
        part.replace(self._path)

    def discard(self) -> None:
        """Leave nothing behind; harmless after `publish`."""
        with contextlib.suppress(OSError):
            part_path(self._path).unlink(missing_ok=True)
            self.file.close()


def part_path(path: Path) -> Path:
    """Where a file lies until it is complete."""
    return path.with_name(f".{path.name}.{os.getpid()}{PART_SUFFIX}")


def _create(path: Path, mode: int) -> BinaryIO:
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(part_path(path), flags, mode), "w+b")


@contextlib.contextmanager
def storage_faults(discard: Callable[[], None]) -> Iterator[None]:
    """Turn what the file system says into a `SinkError`; drop the half file whatever goes wrong."""
    try:
        yield
    except OSError as error:
        discard()
        raise _sink_error(error) from error
    except BaseException:
        discard()
        raise


def _sink_error(error: OSError) -> SinkError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SinkError("the disk is full", hint="make room, then try again", reason="disk_full")
    if isinstance(error, BrokenPipeError):
        return SinkError("the reader has gone", reason="reader_gone")
    return SinkError(
        f"cannot write the file: {error.strerror or 'unknown error'}",
        hint="check that the folder exists and may be written",
        reason="not_writable",
    )
