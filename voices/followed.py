"""The standing of every voice, kept up to date with a ledger that grows."""

from pathlib import Path
from typing import TypeAlias

from voices.consent.ledger import Head, Ledger
from voices.consent.ledger_events import Event, EventType
from voices.consent.ledger_folder import LEDGER_SUFFIX
from voices.consent.standing import Standing, follow
from voices.errors import LedgerDamagedError

_Files: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""Name, inode, size and time of change of each file of the ledger."""


class Followed:
    """Reads only what was added while older files are as they were, else all of it again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: _Files = ()
        self._seq = 0
        self._standings: dict[str, Standing] = {}
        self.head: Head | None = None

    def standings(self, ledger: Ledger, root_key: bytes, least_seq: int) -> dict[str, Standing]:
        """By voice, as of now.

        Raises `LedgerDamagedError`, also for another vault's ledger and one that ends before
        `least_seq`.
        """
        files = _look_at(self._folder)
        if files != self._files:
            if not _has_grown(self._files, files):
                self._forget()
            for event in ledger.events(after=self._seq):
                _check_root(event, root_key)
                self._follow(event)
            self._files = files
        if self._seq < least_seq:
            raise LedgerDamagedError(
                "the ledger is shorter than it was", hint="hub-agent consent verify"
            )
        return self._standings

    def add(self, event: Event, head: Head | None) -> None:
        """Know an event that this process just appended, unless more than that was written."""
        if event.seq == self._seq + 1 and head is not None and head.seq == event.seq:
            self._follow(event)
            self._files = _look_at(self._folder)

    def _follow(self, event: Event) -> None:
        follow(self._standings, event)
        self._seq = event.seq
        self.head = Head(seq=event.seq, hash=event.hash)

    def _forget(self) -> None:
        self._files, self._seq, self._standings, self.head = (), 0, {}, None


def _look_at(folder: Path) -> _Files:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == LEDGER_SUFFIX)
        found = [(path.name, path.lstat()) for path in paths]
    except FileNotFoundError:
        return ()
    return tuple((name, at.st_ino, at.st_size, at.st_mtime_ns) for name, at in found)


def _has_grown(before: _Files, now: _Files) -> bool:
    """Whether nothing but the last file, at its end, and newer files can have changed."""
    if not before or len(now) < len(before) or now[: len(before) - 1] != before[:-1]:
        return False
    last, again = before[-1], now[len(before) - 1]
    return last[:2] == again[:2] and last[2] < again[2]


def _check_root(event: Event, root_key: bytes) -> None:
    if event.type is EventType.GENESIS and event.body["public_key"] != root_key.hex():
        raise LedgerDamagedError(
            "the ledger was begun by another key than the vault's", hint="hub-agent consent verify"
        )
