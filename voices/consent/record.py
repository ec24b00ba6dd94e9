"""The record of a consent: who agreed to what, for whom, and what shows it.

Records hold names and words and are kept encrypted. The ledger knows of one only its id and its
digest, which a random salt keeps from being guessed.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from voices.consent.canonical import canonical
from voices.consent.fields import (
    as_moment,
    check_count,
    check_id,
    plain,
    refuse,
    take,
    take_moment,
    take_objects,
    take_optional,
)
from voices.consent.people import ROLE_FOR, Controller, Grantor, Relationship, Subject
from voices.consent.proof import ChallengeProof, SampleProof, StatementProof, Verification
from voices.consent.scope import Scope
from voices.consent.signing import SigningKey, is_signed
from voices.consent.terms import REFUSED_PURPOSES, latest_until
from voices.consent.times import stamp
from voices.errors import ConsentRefusedError

VERSION: Final = 1
_SALT: Final = re.compile(r"[0-9a-f]{32}")


def _fresh_salt() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One consent; making one that the rules do not allow raises ConsentRefusedError.

    Changing a consent means a new record, with `prev_consent_id` naming the one it replaces.
    """

    consent_id: str
    created: datetime
    subject: Subject
    grantor: Grantor
    controller: Controller
    statement: StatementProof
    verification: Verification
    scope: Scope
    challenge: ChallengeProof | None = None
    samples: tuple[SampleProof, ...] = ()
    co_grantors: tuple[Grantor, ...] = ()
    prev_consent_id: str | None = None
    salt: str = field(default_factory=_fresh_salt, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "created", as_moment(self.created, "created"))
        check_id(self.consent_id, "consent_id")
        if self.prev_consent_id is not None:
            check_id(self.prev_consent_id, "prev_consent_id")
        check_count(self.samples, "samples")
        check_count(self.co_grantors, "co_grantors")
        if _SALT.fullmatch(self.salt) is None:
            refuse("salt is not of its form")
        _check_role(self)
        _check_term(self)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, whole numbers and texts only."""
        parts = {"version": VERSION, **plain(self)}
        return {**parts, "scope": self.scope.to_json()}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "ConsentRecord":
        """What `to_json` wrote; raises ConsentRefusedError for anything else."""
        if take(raw, "version", int) != VERSION:
            refuse("it is of a version this hub does not know")
        record = cls(
            consent_id=take(raw, "consent_id", str),
            created=take_moment(raw, "created"),
            subject=Subject.from_json(take(raw, "subject", dict)),
            grantor=Grantor.from_json(take(raw, "grantor", dict)),
            controller=Controller.from_json(take(raw, "controller", dict)),
            statement=StatementProof.from_json(take(raw, "statement", dict)),
            verification=Verification.from_json(take(raw, "verification", dict)),
            scope=Scope.from_json(take(raw, "scope", dict)),
            challenge=_challenge(take_optional(raw, "challenge", dict)),
            samples=tuple(SampleProof.from_json(item) for item in take_objects(raw, "samples")),
            co_grantors=tuple(Grantor.from_json(item) for item in take_objects(raw, "co_grantors")),
            prev_consent_id=take_optional(raw, "prev_consent_id", str),
            salt=take(raw, "salt", str),
        )
        if record.to_json() != raw:
            refuse("it holds more than a consent record")
        return record

    def canonical(self) -> bytes:
        """The bytes that are digested."""
        return canonical(self.to_json())

    def digest(self) -> str:
        """SHA-256 of the record with its salt, hexadecimal: what is signed, and in the ledger."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def sign(self, key: SigningKey) -> "SignedRecord":
        """The record with the household's signature."""
        signature = key.sign(_signed_bytes(self))
        return SignedRecord(
            record=self, kid=key.kid, signature=base64.b64encode(signature).decode("ascii")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """A consent record as it is kept, encrypted; `signature` is Ed25519 in base64."""

    record: ConsentRecord
    kid: str
    signature: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"record": self.record.to_json(), "kid": self.kid, "signature": self.signature}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "SignedRecord":
        """What `to_json` wrote; raises ConsentRefusedError for anything else."""
        return cls(
            record=ConsentRecord.from_json(take(raw, "record", dict)),
            kid=take(raw, "kid", str),
            signature=take(raw, "signature", str),
        )

    def verify(self, public_key: bytes) -> None:
        """Raise ConsentRefusedError unless the key of `public_key` signed the record."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except ValueError:
            signature = b""
        if not is_signed(public_key, _signed_bytes(self.record), signature):
            raise ConsentRefusedError(
                f"the consent record {self.record.consent_id} is not signed by this household",
                hint=f"hub-agent consent show {self.record.consent_id}",
                reason="consent_forged",
            )


def grant_body(voice_id: str, record: ConsentRecord) -> dict[str, int | str]:
    """What the ledger is told of a consent that is granted, renewed or limited."""
    body: dict[str, int | str] = {
        "voice_id": voice_id,
        "consent_id": record.consent_id,
        "record_digest": record.digest(),
        "since": stamp(record.created),
        "until": stamp(record.scope.until),
        "purposes": record.scope.purposes_text,
        "relationship": record.grantor.role.value,
        "level": record.verification.level.value,
    }
    if record.prev_consent_id is not None:
        body["prev_consent_id"] = record.prev_consent_id
    return body


def _signed_bytes(record: ConsentRecord) -> bytes:
    return b"hub-agent consent record\0" + bytes.fromhex(record.digest())


def _challenge(raw: Mapping[str, Any] | None) -> ChallengeProof | None:
    return None if raw is None else ChallengeProof.from_json(raw)


def _check_role(record: ConsentRecord) -> None:
    subject, grantor = record.subject, record.grantor
    if grantor.role is not ROLE_FOR[subject.status]:
        refuse(f"the voice of one who is {subject.status} needs a {ROLE_FOR[subject.status]}")
    if (grantor.role is Relationship.SELF) is not (grantor.id == subject.id):
        refuse("who agrees and whose voice it is do not fit each other")
    if REFUSED_PURPOSES[subject.status].intersection(record.scope.purposes):
        refuse("the voice of a late person cannot be consented to for conversation")


def _check_term(record: ConsentRecord) -> None:
    subject = record.subject
    if record.scope.until <= record.created:
        refuse("it ends before it begins")
    if record.scope.until > latest_until(record.created, subject.status, subject.birth_year):
        refuse("it lasts longer than it may")
