"""A folder of plain files: listed, copied, flushed to the disk, removed."""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Final, TypeAlias

from hub_agent.errors import ModelFileError

PIECE_BYTES: Final = 4 << 20
PUBLISHER: Final = "get the pack anew from whoever publishes it"
Advance: TypeAlias = Callable[[int], None]
"""Told the bytes of each piece as soon as it is done."""


def files_in(folder: Path) -> Mapping[str, int]:
    """Sizes by path of all files below `folder`; a link or a device is a `ModelFileError`."""
    found: dict[str, int] = {}
    for root, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(root, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                found[path.relative_to(folder).as_posix()] = status.st_size
            elif not stat.S_ISDIR(status.st_mode):
                raise not_plain()
    return found


def sha256_of(path: Path, advance: Advance) -> str:
    """Of a plain file."""
    digest = hashlib.sha256()
    with opened(path) as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            advance(len(piece))
    return digest.hexdigest()


def copy_files(source: Path, files: Mapping[str, int], target: Path, advance: Advance) -> None:
    """Copy plain files, given by path and size, to the same paths below `target`."""
    for path, size in files.items():
        if any(source.joinpath(parent).is_symlink() for parent in Path(path).parents):
            raise not_plain()
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        with opened(source / path) as file, (target / path).open("xb") as copy:
            if os.fstat(file.fileno()).st_size != size:
                raise ModelFileError(f"{path} has another size", hint=PUBLISHER)
            while piece := file.read(PIECE_BYTES):
                copy.write(piece)
                advance(len(piece))


def settle_tree(folder: Path, *, owner: int) -> None:
    """Put all of it on the disk, and give it to the user `owner` where we may."""
    for root, _, names in os.walk(folder):
        for path in (Path(root), *(Path(root, name) for name in names)):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                if os.geteuid() == 0:
                    os.fchown(fd, owner, -1)
                os.fsync(fd)
            finally:
                os.close(fd)


def remove_tree(folder: Path) -> None:
    """Remove all of it; none is fine."""
    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def opened(path: Path) -> Iterator[FileIO]:
    """A plain file for reading; a link or a device is a `ModelFileError`."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise ModelFileError(f"{path.name} cannot be read: {why}", hint=PUBLISHER) from error
    with FileIO(fd) as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise not_plain()
        yield file


def not_plain() -> ModelFileError:
    """An error of a pack that holds something else than files."""
    return ModelFileError(
        "the pack holds a link or a device, where only plain files may be",
        hint=PUBLISHER,
        reason="unsafe_pack",
    )
