"""The zip archive around a checkpoint: members lie in it uncompressed, each with a checksum.

The official trainer overwrites the first two bytes of some files with its version, so they are
taken for `PK` whatever they are.
"""

import errno
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.problems import damaged, unreadable, unsupported

_MAX_FILE_BYTES: Final = 4 << 30
_MAX_DIRECTORY_BYTES: Final = 4 << 20
"""Of the list of members; the longest official one takes 64 KB."""
_MAGIC: Final = b"PK"
_OLD_FORMAT: Final = b"PK\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
"""How a pickle of its magic number begins, behind the first two bytes."""
_LOCAL_HEADER: Final = struct.Struct("<26xHH")
"""Ends with the lengths of the name and the extra field, which precede the data."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive."""

    header_offset: int
    size: int
    checksum: int


def list_members(path: Path) -> dict[str, Member]:
    """All members by name, without the folder that torch puts around them."""
    with _opened(path) as file:
        return {_inner_name(info.filename): _member(info, file.size) for info in _infos(file)}


def read_member(path: Path, member: Member) -> bytearray:
    """The content of a member, which has exactly the size and checksum it should."""
    content = bytearray(member.size)
    try:
        with path.open("rb") as file:
            file.seek(member.header_offset)
            lengths = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            file.seek(sum(lengths), io.SEEK_CUR)
            size = file.readinto(content)
    except (OSError, struct.error) as error:
        raise damaged("a part of it cannot be read") from error
    if size != member.size or zlib.crc32(content) != member.checksum:
        raise damaged("a part of it is not what its checksum says")
    return content


class _Patched(io.FileIO):
    """The file with `PK` at its start; large reads are refused, as only the list is needed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.size = self.seek(0, io.SEEK_END)
        if self.size > _MAX_FILE_BYTES:
            raise damaged("it is too big")

    def read(self, size: int | None = -1, /) -> bytes:
        at = self.tell()
        wanted = self.size - at if size is None or size < 0 else size
        if wanted > _MAX_DIRECTORY_BYTES:
            raise damaged("it has too many parts")
        data = super().read(wanted) or b""
        kept = max(0, len(_MAGIC) - at)
        return _MAGIC[at : at + len(data)] + data[kept:]


def _opened(path: Path) -> _Patched:
    # A pipe would be waited for.
    if path.exists() and not path.is_file():
        raise unreadable(OSError(errno.EINVAL, "It is no plain file"))
    try:
        return _Patched(path)
    except OSError as error:
        raise unreadable(error) from error


def _infos(file: _Patched) -> list[zipfile.ZipInfo]:
    file.seek(0)
    if file.read(len(_OLD_FORMAT)) == _OLD_FORMAT:
        raise unsupported("in the format that torch wrote before 1.6", "one of a newer torch")
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.infolist()
    except ModelFileError:
        raise
    # zipfile lets errors of struct, codecs and others through.
    except Exception as error:
        raise damaged("it is no torch file, or the end of it is missing") from error


def _inner_name(name: str) -> str:
    return name.partition("/")[2]


def _member(info: zipfile.ZipInfo, file_size: int) -> Member:
    is_plain = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1
    if not is_plain or info.compress_size != info.file_size:
        raise damaged("a part of it is compressed, which official files never are")
    if not 0 <= info.header_offset <= file_size - info.file_size:
        raise damaged("a part of it is longer than the file")
    return Member(info.header_offset, info.file_size, info.CRC)
