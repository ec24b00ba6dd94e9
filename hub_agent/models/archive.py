"""Unpacking an archive that somebody published: plain files only, and never more than allowed."""

import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from typing import IO, Final

from hub_agent.downloads.disk import megabytes, require_room
from hub_agent.errors import ModelFileError
from hub_agent.models.manifest import MANIFEST, MAX_FILES
from hub_agent.models.safe_path import SafePaths
from hub_agent.models.tree import PUBLISHER, not_plain, opened

SUFFIXES: Final = (".tar", ".zip")
_ZIP_BEGINS: Final = b"PK\3\4"
_PIECE_BYTES: Final = 1 << 20
_MAX_READ_BYTES: Final = 2 << 20
"""At once: headers and directories of an archive are read whole into memory."""
_MAX_MEMBERS: Final = 2 * MAX_FILES
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _OutsideError(OSError):
    """An archive sends its reader to a place before its beginning."""


_BROKEN: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
    _OutsideError,
)
"""What the readers of the standard library raise for what is none, or is encrypted."""


@dataclass(frozen=True, slots=True)
class _Member:
    path: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


def unpack(archive: Path, folder: Path, *, max_bytes: int) -> Path:
    """Unpack a tar or zip into the new `folder`; where in it the pack begins.

    Raises `ModelFileError` for an archive that is damaged, unsafe or too big.
    """
    folder.mkdir()
    with opened(archive) as file, _Reader(file.fileno(), closefd=False) as reader:
        is_zip = reader.read(len(_ZIP_BEGINS)) == _ZIP_BEGINS
        reader.seek(0)
        try:
            _write(_of_zip(reader) if is_zip else _of_tar(reader), folder, max_bytes)
        except _BROKEN as error:
            raise _unusable("it is damaged, encrypted, or neither tar nor zip") from error
    return _beginning(folder)


def _write(members: Iterator[_Member], folder: Path, max_bytes: int) -> None:
    paths = SafePaths()
    rest = max_bytes
    for member in members:
        _take(member.path, paths)
        rest -= member.size
        if rest < 0:
            raise _unusable(f"it holds more than {megabytes(max_bytes)}")
        require_room(folder, member.size)
        target = folder / member.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as content, target.open("xb") as file:
            while piece := content.read(_PIECE_BYTES):
                file.write(piece)
        if target.stat().st_size != member.size:
            raise EOFError


def _of_tar(reader: "_Reader") -> Iterator[_Member]:
    with tarfile.open(fileobj=reader, mode="r:") as archive:
        for number, info in enumerate(archive):
            _require_few(number)
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise not_plain()
            yield _Member(info.name.removeprefix("./"), info.size, partial(_in_tar, archive, info))


def _in_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(info)
    if content is None or info.size < 0:
        raise ValueError
    return content


def _of_zip(reader: "_Reader") -> Iterator[_Member]:
    with zipfile.ZipFile(reader) as archive:
        for number, info in enumerate(archive.infolist()):
            _require_few(number)
            if info.is_dir():
                continue
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise not_plain()
            if info.compress_type not in _METHODS:
                raise ValueError
            yield _Member(info.filename, info.file_size, partial(archive.open, info))


class _Reader(FileIO):
    """Refuses to read so much at once that memory would run out."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As of a file; a `ValueError` for too much."""
        if size is None or size < 0:
            size = os.fstat(self.fileno()).st_size - self.tell()
        if size > _MAX_READ_BYTES:
            raise ValueError
        return super().read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET, /) -> int:
        """As of a file; a named error for a place that no file has."""
        try:
            return super().seek(position, whence)
        except OSError as error:
            raise _OutsideError from error


def _require_few(number: int) -> None:
    if number >= _MAX_MEMBERS:
        raise _unusable("it holds too many files")


def _take(path: str, paths: SafePaths) -> None:
    try:
        paths.add(path)
    except ValueError as error:
        raise _unusable(str(error), reason="unsafe_pack") from error


def _beginning(folder: Path) -> Path:
    """Archives often hold one folder, which holds everything."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        folder = inside[0]
    if not (folder / MANIFEST).is_file():
        raise _unusable(f"there is no {MANIFEST} in it")
    return folder


def _unusable(why: str, *, reason: str = "bad_archive") -> ModelFileError:
    return ModelFileError(f"the archive cannot be used: {why}", hint=PUBLISHER, reason=reason)
