"""The ledger's files: ledger-0001.jsonl and so on, each small enough to be read as a whole."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voices.durable import Files

LARGEST_FILE_BYTES: Final = 8 * 1024 * 1024
"""No ledger of ours has such a file: reading stops there instead of filling the memory."""
LEDGER_SUFFIX: Final = ".jsonl"
_NAME: Final = re.compile(r"ledger-(\d{4,9})\.jsonl")


@dataclass(frozen=True, slots=True)
class Content:
    """The complete lines of a file, and how many bytes follow that a power cut tore."""

    lines: tuple[bytes, ...] = field(default=(), repr=False)
    torn_bytes: int = 0
    size: int = 0

    @property
    def whole_size(self) -> int:
        """Bytes of the complete lines."""
        return self.size - self.torn_bytes


def ledger_files(folder: Path, files: Files) -> dict[str, bytes]:
    """The content of every file of a ledger by its name; nothing where there is no ledger."""
    try:
        names = files.names(folder)
    except FileNotFoundError:
        return {}
    found = [name for name in names if name.endswith(LEDGER_SUFFIX)]
    return {name: files.read(folder / name, LARGEST_FILE_BYTES) for name in found}


class LedgerFolder:
    """Where the ledger's files are."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files

    def numbers(self) -> list[int]:
        """The files that are there, in order."""
        try:
            names = self._files.names(self._folder)
        except FileNotFoundError:
            return []
        found = (_NAME.fullmatch(name) for name in names)
        numbers = sorted(int(match[1]) for match in found if match)
        return [number for number in numbers if file_name(number) in names]

    def data(self, number: int) -> bytes:
        """All of a file; nothing where there is none."""
        try:
            return self._files.read(self._folder / file_name(number), LARGEST_FILE_BYTES)
        except FileNotFoundError:
            return b""

    def unpruned(self, number: int) -> bytes | None:
        """As `data`; None where the file and all older ones have gone since they were listed."""
        data = self.data(number)
        return data if data or not all(kept > number for kept in self.numbers()) else None

    def append(self, number: int, data: bytes) -> None:
        """Add lines to a file; a power cut may tear them."""
        if number == 1:
            self._files.make_folder(self._folder)
        self._files.append(self._folder / file_name(number), data)

    def append_soon(self, number: int, data: bytes) -> None:
        """Add lines to a file that is there; only the next `append` puts them on the disk."""
        self._files.append_soon(self._folder / file_name(number), data)

    def size(self, number: int) -> int | None:
        """Bytes of a file; None where there is none."""
        return self._files.size(self._folder / file_name(number))

    def remove(self, number: int) -> None:
        """Remove a file; one that is not there is fine."""
        self._files.remove(self._folder / file_name(number))

    def truncate(self, number: int, size: int) -> None:
        """Cut off what a power cut tore."""
        self._files.truncate(self._folder / file_name(number), size)


def file_name(number: int) -> str:
    """Of file `number`, counted from 1."""
    return f"ledger-{number:04d}.jsonl"


def content_of(data: bytes) -> Content:
    """Split a file into lines; a last one without line feed, or never filled, is torn.

    Some file systems make a file longer before its content is there: after a power cut it ends
    in zero bytes, which no line of ours holds.
    """
    whole = data.rfind(b"\n") + 1
    last = data.rfind(b"\n", 0, max(whole - 1, 0)) + 1
    if b"\0" in data[last:whole]:
        whole = last
    lines = tuple(data[:whole].split(b"\n")[:-1])
    return Content(lines=lines, torn_bytes=len(data) - whole, size=len(data))
