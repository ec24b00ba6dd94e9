"""Following the ledger line by line: what each must continue, and whose signature it must bear.

A line's hash covers all of it, signature included, and the next line holds that hash. So a good
signature proves, besides its own line, every line before it: whoever changes, removes, adds or
moves one of them must change a hash in each later line, and cannot sign those again. It is
therefore enough to check the signatures of the last line of each file, of each change of keys (from
there on another key counts) and of any line that the next one does not continue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voices.consent.ledger_events import TYPES, Book, EventType
from voices.consent.ledger_line import NO_HASH, Head, Line
from voices.consent.signing import SigningKey, is_signed, key_id


class Flaw(StrEnum):
    """What is wrong."""

    UNREADABLE = "unreadable"
    NUMBER = "number"
    CHAIN = "chain"
    SIGNATURE = "signature"
    KEY = "key"
    FILE = "file"
    TORN = "torn"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class Problem:
    """One flaw in words, to follow the name of the line."""

    flaw: Flaw
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A line in its place: who must have signed it, and whether it continues the one before."""

    line: Line
    key: bytes | None
    continues: bool
    problem: Problem | None


_NAMES_KEY: Final = frozenset({EventType.GENESIS, EventType.CONTINUED})


class Chain:
    """The state after the lines followed so far; starts at the first line of any file.

    Where the lines before are not known, the first one's number and hash are taken as they are.
    """

    def __init__(self, *, from_start: bool, book: Book = Book.CONSENT) -> None:
        self.book = book
        self.head: Head | None = None
        self.first_key: bytes | None = None
        self.public: bytes | None = None
        self.last_type: EventType | None = None
        self._seq = 1 if from_start else None
        self._hash: str | None = NO_HASH if from_start else None
        self._lacks_key = False
        self._is_refuted = False

    def follow(self, line: Line) -> Link:
        """Go on with `line`; its own signature is for `judge` to check."""
        continues = self._hash is None or line.prev == self._hash
        order = self._check_order(line)
        named = self._check_named_key(line)
        key = self.public
        problem = order or named or self._check_type(line) or self._check_rotation(line)
        self._seq = self._next_seq(line, continues)
        self._hash, self.head, self.last_type = line.event.hash, line.head, line.event.type
        return Link(line, key, continues, problem)

    def skip(self) -> None:
        """Go on after a line that cannot be read."""
        self._seq = None if self._seq is None else self._seq + 1
        self._hash = None
        self.last_type = None

    def leap(self) -> None:
        """Go on behind files that are not there any more."""
        self._seq = self._hash = self.last_type = None

    def judge(self, links: Sequence[Link | None]) -> list[Problem | None]:
        """The first thing wrong with each line of a file; None stands for an unreadable one."""
        found: list[Problem | None] = []
        for link, is_proven in zip(links, self._proven(links), strict=True):
            found.append(None if link is None else self._verdict(link, is_proven=is_proven))
            self._is_refuted = link is not None and link.key is not None and not is_proven
        return found

    def _proven(self, links: Sequence[Link | None]) -> list[bool]:
        """Whether each line bears a good signature, or is continued by a line that is proven."""
        proven = [False] * len(links)
        vouched: str | None = None
        for index in range(len(links) - 1, -1, -1):
            link = links[index]
            if link is None:
                vouched = None
                continue
            line = link.line
            proven[index] = line.event.hash == vouched or (
                link.key is not None and line.is_signed_by(link.key, self.book)
            )
            vouched = line.prev if proven[index] else None
        return proven

    def _verdict(self, link: Link, *, is_proven: bool) -> Problem | None:
        if link.problem is not None:
            return link.problem
        if not link.continues and not self._is_refuted:
            return Problem(Flaw.CHAIN, "it does not continue the line before it")
        if link.key is not None and not is_proven:
            return Problem(Flaw.SIGNATURE, "it is not what the household's key signed")
        return None

    def _next_seq(self, line: Line, continues: bool) -> int:
        """A line that continues the one before it may claim any number."""
        if self._seq is None or self._hash is None or not continues:
            return line.event.seq + 1
        return self._seq + 1

    def _check_order(self, line: Line) -> Problem | None:
        seq = line.event.seq
        if self._seq is not None and seq > self._seq:
            missing = seq - self._seq
            return Problem(Flaw.NUMBER, f"{missing} missing before it, or not in its place")
        if self._seq is not None and seq < self._seq:
            return Problem(Flaw.NUMBER, "added, or not in its place")
        return None

    def _check_type(self, line: Line) -> Problem | None:
        if line.event.type in TYPES[self.book]:
            return None
        return Problem(Flaw.UNREADABLE, "its type belongs into another log")

    def _check_named_key(self, line: Line) -> Problem | None:
        named = _named_key(line)
        if self.public is None:
            self.first_key = self.public = named
        if self.public is None:
            return self._missing_key()
        if named is not None and named != self.public:
            return Problem(Flaw.KEY, "it names another key than the one in force")
        return None

    def _missing_key(self) -> Problem | None:
        if self._lacks_key:
            return None
        self._lacks_key = True
        return Problem(Flaw.KEY, "no line before it names the key, so signatures are not checked")

    def _check_rotation(self, line: Line) -> Problem | None:
        if line.event.type is not EventType.KEY_ROTATED or self.public is None:
            return None
        body = line.event.body
        new = bytes.fromhex(str(body["public_key"]))
        proof = bytes.fromhex(str(body["proof"]))
        if not line.is_signed_by(self.public, self.book):
            return Problem(Flaw.SIGNATURE, "the key in force did not sign the new one")
        if body["new_kid"] != key_id(new) or not is_signed(new, _promise(line.prev, new), proof):
            return Problem(Flaw.KEY, "the new key did not sign its own coming")
        self.public = new
        return None


def proof_of(new: SigningKey, prev: Head) -> str:
    """The new key's own signature of its coming after `prev`, hexadecimal."""
    return new.sign(_promise(prev.hash, new.public)).hex()


def _promise(prev: str, public: bytes) -> bytes:
    return b"hub-agent new ledger key\0" + bytes.fromhex(prev) + public


def _named_key(line: Line) -> bytes | None:
    if line.event.type not in _NAMES_KEY:
        return None
    return bytes.fromhex(str(line.event.body["public_key"]))
