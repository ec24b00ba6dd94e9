"""The append-only account of every consent: hash-chained, signed, free of anything personal.

Reading and verifying need no key. Each event is on the disk before `append` returns; what a power
cut tore is cut off by the next `append`, which says so in a line of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

from voices.consent.ledger_chain import proof_of
from voices.consent.ledger_events import OWN_TYPES, Body, Event, EventType
from voices.consent.ledger_folder import LedgerFolder
from voices.consent.ledger_line import Head, write_line
from voices.consent.ledger_reader import Tail, holds, is_current, read_events, read_tail
from voices.consent.ledger_verify import Finding, verify_ledger
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
        self, folder: Path, files: Files, *, now: Callable[[], datetime], rotate_at_bytes: int
    ) -> None:
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
    ) -> "Ledger":
        """The ledger in `folder`, where nothing needs to be yet and nothing is changed.

        Raises LedgerDamagedError where its last two files are; `verify_ledger` tells about all.
        """
        ledger = cls(folder, files, now=now, rotate_at_bytes=rotate_at_bytes)
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
        return read_events(self._folder, after)

    def verify(
        self, expected_head: Head | None = None, root_key: bytes | None = None
    ) -> list[Finding]:
        """See `verify_ledger`."""
        return verify_ledger(self._path, self._files, expected_head, root_key)

    def _refresh(self) -> None:
        tail = read_tail(self._folder)
        known = self._tail.head
        if known is not None and (tail.head is None or tail.head.seq < known.seq):
            raise LedgerDamagedError(
                "the ledger is shorter than it was", hint="hub-agent consent verify"
            )
        self._tail = tail

    def _append(self, signer: SigningKey, fill: Callable[["_Batch"], Event]) -> Event:
        if not is_current(self._folder, self._tail):
            self._refresh()
        tail = self._tail
        _check_signer(tail, signer)
        batch = _Batch(tail, signer, self._now())
        batch.prepare()
        event = fill(batch)
        if batch.size >= self._rotate_at_bytes:
            batch.close()
        self._write(tail, batch)
        return event

    def _write(self, tail: Tail, batch: "_Batch") -> None:
        if tail.torn_bytes:
            self._folder.truncate(tail.file, tail.size - tail.torn_bytes)
        self._folder.append(batch.file, bytes(batch.data))
        self._tail = batch.tail()


class _Batch:
    """Lines that are appended in one go, all to the same file."""

    def __init__(self, tail: Tail, signer: SigningKey, at: datetime) -> None:
        self._before = tail
        self._signer = signer
        self._at = at
        self._head = tail.head
        self._is_closed = False
        self.file = tail.file + 1 if tail.is_closed else tail.file
        self.data = bytearray()

    @property
    def size(self) -> int:
        """Bytes of the file with these lines."""
        kept = 0 if self._before.is_closed else self._before.size - self._before.torn_bytes
        return kept + len(self.data)

    def prepare(self) -> None:
        """Begin the file where it is new, and own up to what a power cut tore."""
        if self._before.is_closed or self._before.is_bare:
            self._begin()
        if self._before.torn_bytes:
            torn = {"file": self._before.file, "dropped_bytes": self._before.torn_bytes}
            self.add(EventType.RECOVERED, torn)

    def add(self, kind: EventType, body: Body) -> Event:
        """One more line."""
        data, line = write_line(kind, body, after=self._head, at=self._at, signer=self._signer)
        self.data += data
        self._head = line.head
        return line.event

    def add_key(self, new: SigningKey) -> Event:
        """The line after which `new` signs."""
        if self._head is None:
            raise ValueError("a ledger begins before its key changes")
        proof = proof_of(new, self._head)
        body = {"public_key": new.public.hex(), "new_kid": new.kid, "proof": proof}
        event = self.add(EventType.KEY_ROTATED, body)
        self._signer = new
        return event

    def close(self) -> None:
        """The last line of the file: the next one goes on in another."""
        self.add(EventType.CHECKPOINT, {"file": self.file, "next_file": self.file + 1})
        self._is_closed = True

    def tail(self) -> Tail:
        """The end of the ledger once these lines are written."""
        return replace(
            self._before,
            file=self.file,
            size=self.size,
            torn_bytes=0,
            is_bare=False,
            is_closed=self._is_closed,
            head=self._head,
            public=self._signer.public,
        )

    def _begin(self) -> None:
        public = self._signer.public.hex()
        if self.file == 1:
            self.add(EventType.GENESIS, {"public_key": public})
        else:
            self.add(EventType.CONTINUED, {"file": self.file, "public_key": public})


def _refuse_own(kind: EventType) -> None:
    if kind in OWN_TYPES:
        raise ValueError(f"{kind} is for the ledger itself to write")


def _check_signer(tail: Tail, signer: SigningKey) -> None:
    if tail.public is not None and tail.public != signer.public:
        raise LedgerDamagedError(
            "the ledger is signed by another key than the vault's", hint="hub-agent consent verify"
        )
