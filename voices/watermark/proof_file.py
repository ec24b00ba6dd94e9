"""A proof that the household's hub made one announcement, as a file, and what it is worth.

It holds the two signed lines of the audit log, the keys that open these two lines and no other,
the household's public key and the signs of the utterance, to which the second line commits.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from voices.audit.entries import Begun, Ended
from voices.audit.sealing import open_body
from voices.consent.ledger_events import Book, EventType
from voices.consent.ledger_line import LONGEST_LINE_BYTES, Line, read_line
from voices.consent.signing import PUBLIC_KEY_BYTES, key_id
from voices.errors import VoicesError
from voices.watermark.payload import Signs
from voices.watermark.proof import signs_digest, unpacked

FORMAT: Final = "hub-agent announcement proof 1"
LONGEST_BYTES: Final = 64 * 1024
_KEY_BYTES: Final = 32
_YEARS: Final = range(2000, 9000)
"""In which every moment has a local time."""
_MEMBERS: Final = {
    "format",
    "public_key",
    "begun_line",
    "begun_key",
    "ended_line",
    "ended_key",
    "signs",
}


class ProofError(VoicesError):
    """A proof that proves nothing; `reason` says why in one word."""

    exit_code = 65
    reason = "not_a_proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the household signed about one announcement; texts are anybody's, unfit to print."""

    announcement_id: str = field(repr=False)
    at: datetime
    purpose: str
    room: str = field(repr=False)
    sender: str = field(repr=False)
    duration_s: float
    kid: str
    signs: Signs = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The parts of a proof, not yet checked."""

    public_key: bytes
    begun_line: bytes = field(repr=False)
    begun_key: bytes = field(repr=False)
    ended_line: bytes = field(repr=False)
    ended_key: bytes = field(repr=False)
    signs: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """As a file."""
        parts = {
            "format": FORMAT,
            "public_key": self.public_key.hex(),
            "begun_line": self.begun_line.decode("ascii"),
            "begun_key": self.begun_key.hex(),
            "ended_line": self.ended_line.decode("ascii"),
            "ended_key": self.ended_key.hex(),
            "signs": base64.b64encode(self.signs).decode("ascii"),
        }
        return json.dumps(parts, indent=1).encode("ascii") + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` wrote; ProofError for any other bytes."""
        if len(data) > LONGEST_BYTES:
            raise _no_proof()
        try:
            parts = json.loads(data.decode("ascii"))
            if not isinstance(parts, dict) or parts.keys() != _MEMBERS:
                raise _no_proof()
            if parts["format"] != FORMAT or not all(isinstance(v, str) for v in parts.values()):
                raise _no_proof()
            return cls(
                public_key=_key(parts["public_key"], PUBLIC_KEY_BYTES),
                begun_line=parts["begun_line"].encode("ascii"),
                begun_key=_key(parts["begun_key"], _KEY_BYTES),
                ended_line=parts["ended_line"].encode("ascii"),
                ended_key=_key(parts["ended_key"], _KEY_BYTES),
                signs=base64.b64decode(parts["signs"], validate=True),
            )
        except (ValueError, RecursionError, binascii.Error) as error:
            raise _no_proof() from error

    def verified(self, household: bytes | None) -> Claim:
        """What it says, when all of it fits together. Raises ProofError.

        With `household`, the public key of a household, only what that one signed is taken.
        """
        if household is not None and household != self.public_key:
            raise ProofError("the proof was signed by another household", reason="other_household")
        begun = self._line(self.begun_line, EventType.SPEECH_BEGUN)
        ended = self._line(self.ended_line, EventType.SPEECH_ENDED)
        start = _begun(_content(begun, self.begun_key))
        number, end = _ended(_content(ended, self.ended_key))
        if number != begun.event.seq:
            raise ProofError("its two lines are of two utterances", reason="does_not_fit")
        if end.signs_digest != signs_digest(self.signs):
            raise ProofError("its signs are not those that were signed", reason="signs_changed")
        return Claim(
            announcement_id=start.announcement_id,
            at=start.at,
            purpose=start.purpose.value,
            room=start.room,
            sender=start.sender,
            duration_s=end.duration_ms / 1000,
            kid=key_id(self.public_key),
            signs=_signs(self.signs),
        )

    def _line(self, raw: bytes, kind: EventType) -> Line:
        try:
            if len(raw) > LONGEST_LINE_BYTES:
                raise _no_proof()
            line = read_line(raw)
        except ValueError as error:
            raise _no_proof() from error
        if line.event.type is not kind:
            raise _no_proof()
        if not line.is_signed_by(self.public_key, Book.AUDIT):
            raise ProofError("a line of it is not signed as it stands", reason="bad_signature")
        return line


def _content(line: Line, key: bytes) -> dict[str, Any]:
    try:
        return open_body(key, line.event.type, line.event.body)
    except (ValueError, KeyError, RecursionError) as error:
        raise ProofError("a key of it does not open its line", reason="wrong_key") from error


def _begun(content: Mapping[str, Any]) -> Begun:
    texts = (content.get(name) for name in ("announcement_id", "room", "sender", "at", "purpose"))
    if not all(isinstance(text, str) for text in texts):
        raise _no_proof()
    try:
        begun = Begun.from_json(content)
    except (ValueError, TypeError, KeyError) as error:
        raise _no_proof() from error
    if begun.at.year not in _YEARS:
        raise _no_proof()
    return begun


def _ended(content: Mapping[str, Any]) -> tuple[int, Ended]:
    number, duration = content.get("number"), content.get("duration_ms")
    if type(number) is not int or type(duration) is not int or not 0 <= duration < 1 << 40:
        raise _no_proof()
    try:
        rest = {name: value for name, value in content.items() if name != "number"}
        return number, Ended.from_json(rest)
    except TypeError as error:
        raise _no_proof() from error


def _signs(data: bytes) -> Signs:
    try:
        return unpacked(data)
    except ValueError as error:
        raise _no_proof() from error


def _key(text: str, size: int) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != size:
        raise _no_proof()
    return key


def _no_proof() -> ProofError:
    return ProofError("this is no proof, or it was changed", hint="ask for the file once more")
