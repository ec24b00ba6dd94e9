"""One line of a ledger as bytes, and back.

A line is a JSON object whose last member is `sig`: the signature of all bytes before that member.
The hash of a line is the SHA-256 of all of its bytes, signature included, without the line feed;
`prev` of the next line is that hash.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from voices.consent.canonical import canonical
from voices.consent.ledger_events import TYPES, Body, Book, Event, EventType, check_body
from voices.consent.signing import SIGNATURE_BYTES, SigningKey, is_signed, key_id
from voices.consent.times import from_stamp, stamp

NO_HASH: Final = "0" * 64
"""What the first line of all names as the hash before it."""
LONGEST_LINE_BYTES: Final = 8192
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_KID: Final = re.compile(r"[0-9a-f]{16}")
_LARGEST: Final = 2**53 - 1
_KEYS: Final = {"seq", "ts", "type", "body", "prev", "kid", "sig"}
_BEFORE_SIGNATURE: Final = b',"sig":"'
_SIGNATURE_CHARS: Final = len(base64.b64encode(bytes(SIGNATURE_BYTES)))
_END_BYTES: Final = len(_BEFORE_SIGNATURE) + _SIGNATURE_CHARS + len(b'"}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the ledger: publish it, and nobody can cut the ledger shorter unnoticed."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line says; `raw` are its bytes without the line feed."""

    event: Event
    prev: str
    raw: bytes = field(repr=False)

    @property
    def head(self) -> Head:
        """This line as the end of the ledger."""
        return Head(seq=self.event.seq, hash=self.event.hash)

    def is_signed_by(self, public: bytes, book: Book) -> bool:
        """Whether the key of `public` signed it, for this log."""
        signature = _signature(self.raw)
        if signature is None or self.event.kid != key_id(public):
            return False
        return is_signed(public, _to_sign(self.raw[:-_END_BYTES], book), signature)


def write_line(
    kind: EventType,
    body: Body,
    *,
    after: Head | None,
    at: datetime,
    signer: SigningKey,
    book: Book = Book.CONSENT,
) -> tuple[bytes, Line]:
    """The line that follows `after`, with its line feed; ValueError for a forbidden body."""
    check_type(kind, book)
    check_body(kind, body)
    seq, prev = (1, NO_HASH) if after is None else (after.seq + 1, after.hash)
    said = {"seq": seq, "ts": stamp(at), "type": kind.value, "body": dict(body)}
    signed = canonical({**said, "prev": prev, "kid": signer.kid})[:-1]
    signature = base64.b64encode(signer.sign(_to_sign(signed, book)))
    data = signed + _BEFORE_SIGNATURE + signature + b'"}'
    return data + b"\n", read_line(data)


def read_line(data: bytes) -> Line:
    """The line of `data`, without its line feed; ValueError, naming no content, for any other.

    Whether it is signed, and by whom, is another question.
    """
    if len(data) > LONGEST_LINE_BYTES:
        raise ValueError("it is too long")
    raw = _parse(data)
    event = Event(
        seq=_seq(raw["seq"]),
        at=_moment(raw["ts"]),
        type=_type(raw["type"]),
        body=_body(raw["body"]),
        hash=hashlib.sha256(data).hexdigest(),
        kid=_text(raw, "kid", _KID),
    )
    check_body(event.type, event.body)
    return Line(event=event, prev=_text(raw, "prev", _HASH), raw=data)


def check_type(kind: EventType, book: Book) -> None:
    """ValueError for a kind of event that `book` may not hold."""
    if kind not in TYPES[book]:
        raise ValueError("its type belongs into another log")


def _to_sign(signed: bytes, book: Book) -> bytes:
    """The words before the line keep these signatures apart from all others of the key."""
    return f"hub-agent {book} line\0".encode() + signed


def _signature(data: bytes) -> bytes | None:
    """Base64 leaves some bits unused, which must not be free to change."""
    end = data[-_END_BYTES:]
    encoded = end[len(_BEFORE_SIGNATURE) : -2]
    try:
        signature = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    written = _BEFORE_SIGNATURE + base64.b64encode(signature) + b'"}'
    return signature if written == end and len(signature) == SIGNATURE_BYTES else None


def _parse(data: bytes) -> Mapping[str, Any]:
    try:
        raw = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise ValueError("it is not a line of a ledger") from None
    if not isinstance(raw, dict) or raw.keys() != _KEYS:
        raise ValueError("it is not a line of a ledger")
    return raw


def _text(raw: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str:
    value = raw[key]
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(f"its {key} is not of its form")
    return value


def _seq(value: object) -> int:
    if type(value) is not int or not 1 <= value <= _LARGEST:
        raise ValueError("its number is not of its form")
    return value


def _moment(value: object) -> datetime:
    try:
        return from_stamp(str(value))
    except ValueError:
        raise ValueError("its time is not of its form") from None


def _type(value: object) -> EventType:
    try:
        return EventType(str(value))
    except ValueError:
        raise ValueError("it is of an unknown type") from None


def _body(value: object) -> Body:
    if not isinstance(value, dict):
        raise ValueError("it has no body")  # noqa: TRY004 – one error for all of it
    return value
