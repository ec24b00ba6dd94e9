"""Lines that are appended to a ledger in one go."""

from dataclasses import replace
from datetime import datetime

from voices.consent.ledger_chain import proof_of
from voices.consent.ledger_events import Body, Book, Event, EventType
from voices.consent.ledger_line import write_line
from voices.consent.ledger_reader import Tail
from voices.consent.signing import SigningKey


class Batch:
    """Lines after `tail`, all for the same file."""

    def __init__(self, tail: Tail, signer: SigningKey, at: datetime, book: Book) -> None:
        self._before = tail
        self._signer = signer
        self._at = at
        self._book = book
        self._head = tail.head
        self._is_closed = False
        self.file = tail.file + 1 if tail.is_closed else tail.file
        self.data = bytearray()

    @property
    def size(self) -> int:
        """Bytes of the file with these lines."""
        kept = 0 if self._before.is_closed else self._before.size - self._before.torn_bytes
        return kept + len(self.data)

    @property
    def is_inside(self) -> bool:
        """Whether the file was there before and goes on afterwards."""
        return not (self._before.is_closed or self._before.is_bare or self._is_closed)

    def prepare(self) -> None:
        """Begin the file where it is new, and own up to what a power cut tore."""
        if self._before.is_closed or self._before.is_bare:
            self._begin()
        if self._before.torn_bytes:
            torn = {"file": self._before.file, "dropped_bytes": self._before.torn_bytes}
            self.add(EventType.RECOVERED, torn)

    def add(self, kind: EventType, body: Body) -> Event:
        """One more line."""
        data, line = write_line(
            kind, body, after=self._head, at=self._at, signer=self._signer, book=self._book
        )
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
