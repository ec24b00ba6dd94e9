"""What the ledger may hold: kinds of events, and for each the few facts that are never personal.

A key that is not listed, or a value that is not of its key's narrow form, is refused, so that no
name and no text gets in by accident: nothing here ever has to be erased.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from voices.consent.people import Level, Relationship
from voices.consent.times import is_stamp
from voices.purpose import Purpose

Body = Mapping[str, int | str]


class EventType(StrEnum):
    """What happened."""

    GENESIS = "ledger.genesis"
    CONTINUED = "ledger.continued"
    RECOVERED = "ledger.recovered"
    CHECKPOINT = "checkpoint"
    KEY_ROTATED = "key.rotated"
    CONSENT_GRANTED = "consent.granted"
    CONSENT_RENEWED = "consent.renewed"
    CONSENT_LIMITED = "consent.limited"
    CONSENT_SUSPENDED = "consent.suspended"
    CONSENT_RESUMED = "consent.resumed"
    CONSENT_REVOKED = "consent.revoked"
    VOICE_SEALED = "voice.sealed"
    VOICE_UPDATED = "voice.updated"
    VOICE_ROLLED_BACK = "voice.rolled_back"
    VOICE_SHREDDED = "voice.shredded"
    SYNTH_COMPLETED = "synth.completed"
    SYNTH_DENIED = "synth.denied"
    MARK_SELF_CHECK = "mark.selfcheck"
    EXPORT_SIGNED = "export.signed"
    VAULT_CREATED = "vault.created"
    VAULT_KEY_CHANGED = "vault.key_changed"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    SPEECH_BEGUN = "speech.begun"
    SPEECH_ENDED = "speech.ended"
    AUDIT_PRUNED = "audit.pruned"
    AUDIT_ACCEPTED = "audit.accepted"


class Book(StrEnum):
    """Which log it is: what is signed for one does not pass in the other."""

    CONSENT = "consent"
    AUDIT = "audit"


class Cause(StrEnum):
    """Why consent was suspended, resumed or revoked."""

    SUBJECT = "subject"
    GRANTOR = "grantor"
    GUARDIAN = "guardian"
    ADMINISTRATOR = "administrator"
    OBJECTION = "objection"
    EXPIRY = "expiry"
    REVIEW = "review"
    RESTORE = "restore"
    SELF_CHECK = "self_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the ledger."""

    seq: int
    at: datetime
    type: EventType
    body: Body
    hash: str
    kid: str


OWN_TYPES: Final = frozenset(
    {
        EventType.GENESIS,
        EventType.CONTINUED,
        EventType.RECOVERED,
        EventType.CHECKPOINT,
        EventType.KEY_ROTATED,
        EventType.AUDIT_PRUNED,
    }
)
"""What only the ledger itself writes."""

_AUDITED: Final = frozenset(
    {EventType.SPEECH_BEGUN, EventType.SPEECH_ENDED, EventType.AUDIT_ACCEPTED}
)
TYPES: Final[Mapping[Book, frozenset[EventType]]] = {
    Book.CONSENT: frozenset(EventType) - _AUDITED - {EventType.AUDIT_PRUNED},
    Book.AUDIT: OWN_TYPES | _AUDITED,
}
"""What each log may hold."""

GRANTS: Final = frozenset(
    {EventType.CONSENT_GRANTED, EventType.CONSENT_RENEWED, EventType.CONSENT_LIMITED}
)
"""What puts a consent record in force."""

_LARGEST: Final = 2**53 - 1
_REASON: Final = re.compile(
    r"(consent|purpose|room|hour|sender|vault|always|voice|speaker)_[a-z_]{1,32}|no_consent"
)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def _text(pattern: str) -> Callable[[object], bool]:
    form = re.compile(pattern)
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _one_of(words: type[StrEnum]) -> Callable[[object], bool]:
    known = frozenset(word.value for word in words)
    return lambda value: isinstance(value, str) and value in known


def _purposes(value: object) -> bool:
    known = {purpose.value for purpose in Purpose}
    if not isinstance(value, str):
        return False
    words = value.split(",")
    return known.issuperset(words) and len(set(words)) == len(words)


def _reason(value: object) -> bool:
    return isinstance(value, str) and _REASON.fullmatch(value) is not None


_id = _text(r"[0-9a-f][0-9a-f-]{6,62}[0-9a-f]")
_hash = _text(r"[0-9a-f]{64}")
_kid = _text(r"[0-9a-f]{16}")

_FORMS: Final[Mapping[str, Callable[[object], bool]]] = {
    "voice_id": _id,
    "consent_id": _id,
    "prev_consent_id": _id,
    "event_id": _id,
    "backup_id": _id,
    "vault_id": _id,
    "record_digest": _hash,
    "content_sha256": _hash,
    "audio_sha256": _hash,
    "text_hmac": _hash,
    "public_key": _hash,
    "proof": _text(r"[0-9a-f]{128}"),
    "new_kid": _kid,
    "engine": _text(r"[a-z0-9_]{1,32}"),
    "since": is_stamp,
    "until": is_stamp,
    "purposes": _purposes,
    "purpose": _one_of(Purpose),
    "relationship": _one_of(Relationship),
    "level": _one_of(Level),
    "cause": _one_of(Cause),
    "reason": _reason,
    "generation": _number,
    "to_generation": _number,
    "voices": _number,
    "file": _number,
    "next_file": _number,
    "dropped_bytes": _number,
    "utterance": _number,
    "epoch": _number,
    "num_chars": _number,
    "duration_ms": _number,
    "score_permille": _number,
    "sealed": _text(r"[0-9A-Za-z+/]{64,7000}={0,2}"),
    "first_file": _number,
    "through": _number,
    "through_hash": _hash,
    "entries": _number,
}

_GRANT = (
    "voice_id consent_id record_digest since until purposes relationship level",
    "prev_consent_id",
)
_VOICE = ("voice_id consent_id generation", "engine content_sha256")
_CHANGE = ("voice_id consent_id cause", "")

_KEYS: Final[Mapping[EventType, tuple[str, str]]] = {
    EventType.GENESIS: ("public_key", ""),
    EventType.CONTINUED: ("file public_key", ""),
    EventType.RECOVERED: ("file dropped_bytes", ""),
    EventType.CHECKPOINT: ("file next_file", ""),
    EventType.KEY_ROTATED: ("public_key new_kid proof", ""),
    EventType.CONSENT_GRANTED: _GRANT,
    EventType.CONSENT_RENEWED: _GRANT,
    EventType.CONSENT_LIMITED: _GRANT,
    EventType.CONSENT_SUSPENDED: _CHANGE,
    EventType.CONSENT_RESUMED: _CHANGE,
    EventType.CONSENT_REVOKED: _CHANGE,
    EventType.VOICE_SEALED: _VOICE,
    EventType.VOICE_UPDATED: _VOICE,
    EventType.VOICE_ROLLED_BACK: ("voice_id consent_id generation to_generation", ""),
    EventType.VOICE_SHREDDED: ("voice_id", "consent_id generation"),
    EventType.SYNTH_COMPLETED: (
        "voice_id consent_id purpose utterance",
        "epoch num_chars text_hmac audio_sha256 duration_ms score_permille",
    ),
    EventType.SYNTH_DENIED: ("voice_id reason", "consent_id purpose"),
    EventType.MARK_SELF_CHECK: ("voice_id score_permille", "utterance epoch"),
    EventType.EXPORT_SIGNED: ("voice_id consent_id audio_sha256", "utterance epoch"),
    EventType.VAULT_CREATED: ("vault_id", ""),
    EventType.VAULT_KEY_CHANGED: ("vault_id generation", ""),
    EventType.BACKUP_MADE: ("backup_id generation voices", ""),
    EventType.BACKUP_RESTORED: ("backup_id generation voices", ""),
    EventType.SPEECH_BEGUN: ("sealed", ""),
    EventType.SPEECH_ENDED: ("sealed", ""),
    EventType.AUDIT_PRUNED: ("first_file through through_hash entries", ""),
    EventType.AUDIT_ACCEPTED: ("", "through through_hash"),
}
_REQUIRED: Final = {kind: frozenset(keys.split()) for kind, (keys, _) in _KEYS.items()}
_ALLOWED: Final = {
    kind: _REQUIRED[kind] | {*keys.split(), "event_id"} for kind, (_, keys) in _KEYS.items()
}


def check_body(kind: EventType, body: Body) -> None:
    """Refuse, with ValueError naming the key only, whatever `kind` may not hold."""
    missing = _REQUIRED[kind] - body.keys()
    if missing:
        raise ValueError(f"{kind} lacks {min(missing)}")
    if not body.keys() <= _ALLOWED[kind]:
        raise ValueError(f"{kind} holds a key that it may not hold")
    for key, value in body.items():
        if not _FORMS[key](value):
            raise ValueError(f"{key} of {kind} is not of its form")
