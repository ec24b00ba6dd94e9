"""One line of the ledger as bytes, and back."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from voices.consent.canonical import canonical, parse
from voices.consent.ledger_events import Body, Event, EventType, check_body
from voices.consent.signing import SIGNATURE_BYTES, SigningKey
from voices.consent.times import from_stamp, stamp

NO_HASH: Final = "0" * 64
"""What the first line of all names as the hash before it."""
LONGEST_LINE_BYTES: Final = 4096
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_KID: Final = re.compile(r"[0-9a-f]{16}")
_KEYS: Final = {"seq", "ts", "type", "body", "prev", "hash", "kid", "sig"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the ledger: publish it, and nobody can cut the ledger shorter unnoticed."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line says; `computed` is the hash of what it says, `event.hash` the one it claims."""

    event: Event
    prev: str
    computed: str
    signature: bytes

    @property
    def head(self) -> Head:
        """This line as the end of the ledger."""
        return Head(seq=self.event.seq, hash=self.computed)


def write_line(
    kind: EventType, body: Body, *, after: Head | None, at: datetime, signer: SigningKey
) -> tuple[bytes, Line]:
    """The line that follows `after`, with its line feed; ValueError for a forbidden body."""
    check_body(kind, body)
    seq, prev = (1, NO_HASH) if after is None else (after.seq + 1, after.hash)
    core = {"seq": seq, "ts": stamp(at), "type": kind.value, "body": dict(body)}
    digest = _hash(core, prev)
    signature = signer.sign(bytes.fromhex(digest))
    seal = {"prev": prev, "hash": digest, "kid": signer.kid, "sig": _base64(signature)}
    data = canonical(core | seal)
    return data + b"\n", read_line(data)


def read_line(data: bytes) -> Line:
    """The line of `data`, without its line feed; ValueError, naming no content, for any other."""
    if len(data) > LONGEST_LINE_BYTES:
        raise ValueError("it is too long")
    raw = _parse(data)
    if raw.keys() != _KEYS:
        raise ValueError("it is not a line of a ledger")
    prev, claimed = _text(raw, "prev", _HASH), _text(raw, "hash", _HASH)
    event = Event(
        seq=_seq(raw["seq"]),
        at=_moment(raw["ts"]),
        type=_type(raw["type"]),
        body=_body(raw["body"]),
        hash=claimed,
        kid=_text(raw, "kid", _KID),
    )
    check_body(event.type, event.body)
    core = {key: raw[key] for key in ("seq", "ts", "type", "body")}
    return Line(
        event=event, prev=prev, computed=_hash(core, prev), signature=_signature(raw["sig"])
    )


def _hash(core: Mapping[str, Any], prev: str) -> str:
    """The leading zero byte keeps these hashes apart from all others that the key signs."""
    return hashlib.sha256(b"\0" + bytes.fromhex(prev) + canonical(core)).hexdigest()


def _parse(data: bytes) -> Mapping[str, Any]:
    try:
        return parse(data)
    except ValueError:
        raise ValueError("it is not a line of a ledger") from None


def _text(raw: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str:
    value = raw[key]
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(f"its {key} is not of its form")
    return value


def _seq(value: object) -> int:
    if not isinstance(value, int) or value < 1:
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


def _signature(value: object) -> bytes:
    """Base64 leaves some bits unused, which must not be free to change."""
    try:
        signature = base64.b64decode(str(value), validate=True)
    except ValueError:
        signature = b""
    if len(signature) != SIGNATURE_BYTES or _base64(signature) != value:
        raise ValueError("its signature is not of its form")
    return signature


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
