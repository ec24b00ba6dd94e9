"""Following the ledger line by line: what each must continue, and whose signature it must bear."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voices.consent.ledger_events import EventType
from voices.consent.ledger_line import NO_HASH, Head, Line
from voices.consent.signing import SigningKey, is_signed, key_id


class Flaw(StrEnum):
    """What is wrong."""

    UNREADABLE = "unreadable"
    NUMBER = "number"
    CHAIN = "chain"
    HASH = "hash"
    SIGNATURE = "signature"
    KEY = "key"
    FILE = "file"
    TORN = "torn"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Problem:
    """One flaw in words, to follow the name of the line."""

    flaw: Flaw
    text: str


_NAMES_KEY: Final = frozenset({EventType.GENESIS, EventType.CONTINUED})


class Chain:
    """The state after the lines followed so far; starts at the first line of any file.

    Where the lines before are not known, the first one's number and hash are taken as they are.
    """

    def __init__(self, *, from_start: bool, public: bytes | None = None) -> None:
        self.head: Head | None = None
        self.public = public
        self.last_type: EventType | None = None
        self._seq = 1 if from_start else None
        self._hashes: frozenset[str] | None = frozenset({NO_HASH}) if from_start else None
        self._lacks_key = False

    def follow(self, line: Line) -> Problem | None:
        """Go on with `line`; the first thing wrong with it, if any."""
        problems = (self._check_order(line), _check_hash(line), self._check_key(line))
        self._seq = self._next_seq(line)
        self._hashes = frozenset({line.computed, line.event.hash})
        self.head, self.last_type = line.head, line.event.type
        return next((problem for problem in problems if problem is not None), None)

    def skip(self) -> None:
        """Go on after a line that cannot be read."""
        self._seq = None if self._seq is None else self._seq + 1
        self._hashes = None
        self.last_type = None

    def _next_seq(self, line: Line) -> int:
        """A line that continues the one before it may claim any number."""
        if self._seq is None or self._hashes is None or not self._continues(line):
            return line.event.seq + 1
        return self._seq + 1

    def _continues(self, line: Line) -> bool:
        return self._hashes is None or line.prev in self._hashes

    def _check_order(self, line: Line) -> Problem | None:
        seq = line.event.seq
        if self._seq is not None and seq > self._seq:
            missing = seq - self._seq
            return Problem(Flaw.NUMBER, f"{missing} missing before it, or not in its place")
        if self._seq is not None and seq < self._seq:
            return Problem(Flaw.NUMBER, "added, or not in its place")
        if not self._continues(line):
            return Problem(Flaw.CHAIN, "it does not continue the line before it")
        return None

    def _check_key(self, line: Line) -> Problem | None:
        named = _named_key(line)
        if self.public is None:
            self.public = named
        if self.public is None:
            return self._missing_key()
        if named is not None and named != self.public:
            return Problem(Flaw.KEY, "it names another key than the one in force")
        if not _is_signed_by(self.public, line):
            return Problem(Flaw.SIGNATURE, "its signature is not one of the household's key")
        return self._check_rotation(line)

    def _missing_key(self) -> Problem | None:
        if self._lacks_key:
            return None
        self._lacks_key = True
        return Problem(Flaw.KEY, "no line before it names the key, so signatures are not checked")

    def _check_rotation(self, line: Line) -> Problem | None:
        if line.event.type is not EventType.KEY_ROTATED:
            return None
        body = line.event.body
        new = bytes.fromhex(str(body["public_key"]))
        proof = bytes.fromhex(str(body["proof"]))
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


def _is_signed_by(public: bytes, line: Line) -> bool:
    return line.event.kid == key_id(public) and is_signed(
        public, bytes.fromhex(line.computed), line.signature
    )


def _check_hash(line: Line) -> Problem | None:
    if line.computed == line.event.hash:
        return None
    return Problem(Flaw.HASH, "its content is not what its hash says")
