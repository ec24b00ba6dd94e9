"""An append-only log: hash-chained, signed, free of anything personal in the clear.

There are two of this form: the account of every consent, which is "the ledger", and the audit log.

Reading and verifying need no key. Each event is on the disk before `append` returns; what a power
cut tore is cut off by the next `append`, which says so in a line of its own.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

from voices.consent.ledger_batch import Batch
from voices.consent.ledger_events import OWN_TYPES, Body, Book, Event, EventType
from voices.consent.ledger_finding import Finding
from voices.consent.ledger_folder import LedgerFolder
from voices.consent.ledger_line import Head, Line
from voices.consent.ledger_pruning import Pruning, find_prunable, remove_pruned
from voices.consent.ledger_reader import (
    Tail,
    holds,
    is_current,
    read_lines,
    read_tail,
    verify_hint,
)
from voices.consent.ledger_verify import verify_ledger
from voices.consent.signing import SigningKey, key_id
from voices.consent.times import utc_now
from voices.durable import Files
from voices.errors import LedgerDamagedError

__all__ = ["Event", "EventType", "Finding", "Head", "Ledger", "verify_ledger"]

ROTATE_AT_BYTES: Final = 256 * 1024
"""Some 500 events. Files are read as a whole, and two of them verified when opening."""


class Ledger:
    """The ledger of a vault, for threads to share and for processes that take turns in writing."""

    def __init__(
        self,
        folder: Path,
        files: Files,
        *,
        now: Callable[[], datetime],
        rotate_at_bytes: int,
        book: Book = Book.CONSENT,
    ) -> None:
        self._book = book
        self._path = folder
        self._files = files
        self._folder = LedgerFolder(folder, files)
        self._now = now
        self._rotate_at_bytes = rotate_at_bytes
        self._lock = Lock()
        self._tail = Tail()

    @classmethod
    def open(
        cls,
        folder: Path,
        files: Files,
        *,
        now: Callable[[], datetime] = utc_now,
        rotate_at_bytes: int = ROTATE_AT_BYTES,
        book: Book = Book.CONSENT,
    ) -> "Ledger":
        """The ledger in `folder`, where nothing needs to be yet and nothing is changed.

        Raises LedgerDamagedError where its last two files are; `verify_ledger` tells about all.
        """
        ledger = cls(folder, files, now=now, rotate_at_bytes=rotate_at_bytes, book=book)
        ledger.refresh()
        return ledger

    @property
    def head(self) -> Head | None:
        """The last line; None when nothing ever happened."""
        return self._tail.head

    @property
    def kid(self) -> str | None:
        """Name of the key that signs now."""
        return None if self._tail.public is None else key_id(self._tail.public)

    def refresh(self) -> None:
        """See what another process appended."""
        with self._lock:
            self._refresh()

    def append(self, kind: EventType, body: Body, signer: SigningKey) -> Event:
        """Add an event; it is on the disk on return.

        Raises ValueError for a body that `kind` may not have, LedgerDamagedError, and OSError when
        it could not be written: then it may be there nevertheless.
        """
        _refuse_own(kind)
        with self._lock:
            return self._append(signer, lambda batch: batch.add(kind, body))

    def append_soon(self, kind: EventType, body: Body, signer: SigningKey) -> Event:
        """As `append`, but a power cut before the next `append` may lose it; a killed process not.

        Lines that begin or close a file are on the disk even so: only the last file can be torn.
        """
        _refuse_own(kind)
        with self._lock:
            return self._append(signer, lambda batch: batch.add(kind, body), at_once=False)

    def append_once(
        self, event_id: str, kind: EventType, body: Body, signer: SigningKey
    ) -> Event | None:
        """Add an event with this id in its body; None when the ledger, all of it, has one."""
        _refuse_own(kind)
        marked = {**body, "event_id": event_id}
        with self._lock:
            if holds(self._folder, event_id):
                return None
            return self._append(signer, lambda batch: batch.add(kind, marked))

    def rotate_key(self, old: SigningKey, new: SigningKey) -> Event:
        """Let `new` sign from now on; both keys sign that."""
        with self._lock:
            return self._append(old, lambda batch: batch.add_key(new))

    def events(self, after: int = 0) -> Iterator[Event]:
        """Events whose number is above `after`, with one file in memory at a time.

        Chain and signatures are checked on the way; raises LedgerDamagedError at what is broken.
        """
        return (line.event for line in self.lines(after))

    def lines(self, after: int = 0) -> Iterator[Line]:
        """As `events`, with the bytes that were signed."""
        return read_lines(self._folder, after, self._book)

    def announce_pruning(self, before: datetime, signer: SigningKey) -> Pruning | None:
        """Record that the files of before that moment go; None when there is none to go.

        They are there until `remove_pruned`. Raises LedgerDamagedError when one is damaged.
        """
        with self._lock:
            pruning = find_prunable(self._folder, before, self._book)
            if pruning is not None:
                body = pruning.body()
                self._append(signer, lambda batch: batch.add(EventType.AUDIT_PRUNED, body))
            return pruning

    def remove_pruned(self, pruning: Pruning) -> None:
        """Remove the files whose going was announced."""
        with self._lock:
            remove_pruned(self._folder, pruning)

    def verify(
        self, expected_head: Head | None = None, root_key: bytes | None = None
    ) -> list[Finding]:
        """See `verify_ledger`."""
        return verify_ledger(self._path, self._files, expected_head, root_key, book=self._book)

    def _refresh(self) -> None:
        tail = read_tail(self._folder, self._book)
        known = self._tail.head
        if known is not None and (tail.head is None or tail.head.seq < known.seq):
            raise LedgerDamagedError(
                "the ledger is shorter than it was", hint=verify_hint(self._book)
            )
        self._tail = tail

    def _append(
        self, signer: SigningKey, fill: Callable[[Batch], Event], *, at_once: bool = True
    ) -> Event:
        if not is_current(self._folder, self._tail):
            self._refresh()
        tail = self._tail
        self._check_signer(signer)
        batch = Batch(tail, signer, self._now(), self._book)
        batch.prepare()
        event = fill(batch)
        if batch.size >= self._rotate_at_bytes:
            batch.close()
        self._write(tail, batch, at_once=at_once)
        return event

    def _write(self, tail: Tail, batch: Batch, *, at_once: bool) -> None:
        if tail.torn_bytes:
            self._folder.truncate(tail.file, tail.size - tail.torn_bytes)
        if at_once or not batch.is_inside:
            self._folder.append(batch.file, bytes(batch.data))
        else:
            self._folder.append_soon(batch.file, bytes(batch.data))
        self._tail = batch.tail()

    def _check_signer(self, signer: SigningKey) -> None:
        if self._tail.public is not None and self._tail.public != signer.public:
            raise LedgerDamagedError(
                "the ledger is signed by another key than the vault's",
                hint=verify_hint(self._book),
            )


def _refuse_own(kind: EventType) -> None:
    if kind in OWN_TYPES:
        raise ValueError(f"{kind} is for the ledger itself to write")
