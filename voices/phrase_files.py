"""The files of sealed phrases: a folder for each part of a voice, bounded as a whole.

Nothing here is worth a wait or an error: what cannot be read is not there, what cannot be written
is left out. Several processes may use one folder.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from voices.durable import Files

MAX_PHRASE_BYTES: Final = 64 << 20


class _Entry(NamedTuple):
    used_ns: int
    size: int
    path: Path


class PhraseFiles:
    """What is sealed lies here under names that tell nothing; who was not heard longest goes."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files

    def read(self, owner: str, name: str) -> bytes | None:
        """The content of a file, which counts as used now."""
        path = self._folder / owner / name
        try:
            data = self._files.read(path, MAX_PHRASE_BYTES)
            os.utime(path)
        except OSError:
            return None
        return data

    def write(self, owner: str, name: str, data: bytes, *, max_bytes: int) -> None:
        """Keep a file, in place of those that were not used for longest."""
        if len(data) > min(max_bytes, MAX_PHRASE_BYTES):
            return
        self.bound(max_bytes - len(data))
        with suppress(OSError):
            self._files.make_folder(self._folder / owner)
            self._files.write_soon(self._folder / owner / name, data)

    def remove(self, owner: str, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(OSError):
            self._files.remove(self._folder / owner / name)

    def bound(self, max_bytes: int) -> None:
        """Remove what was not used for longest, until the rest takes `max_bytes` at most."""
        entries = sorted(self._entries())
        total = sum(entry.size for entry in entries)
        for entry in entries:
            if total <= max_bytes:
                return
            with suppress(OSError):
                entry.path.unlink(missing_ok=True)
                total -= entry.size

    def keep_only(self, owners: Collection[str]) -> None:
        """Remove everything of others than `owners`."""
        with suppress(OSError):
            for name in self._files.names(self._folder):
                if name not in owners:
                    shutil.rmtree(self._folder / name, ignore_errors=True)

    def size(self, owners: Collection[str]) -> int:
        """Bytes that are kept of `owners`."""
        return sum(entry.size for entry in self._entries() if entry.path.parent.name in owners)

    def _entries(self) -> Iterator[_Entry]:
        for folder, _, names in os.walk(self._folder):
            for path in (Path(folder, name) for name in names):
                with suppress(OSError):
                    found = path.lstat()
                    yield _Entry(found.st_mtime_ns, found.st_size, path)
