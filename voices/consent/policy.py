"""The one rule that decides whether a voice may be used now."""

from dataclasses import InitVar, dataclass
from datetime import datetime, time, timedelta
from typing import Final, NoReturn

from voices.consent.record import ConsentRecord
from voices.consent.scope import ALL, DENIED_SENDERS
from voices.consent.standing import WARNING, Standing
from voices.errors import ConsentRefusedError
from voices.purpose import Purpose

ALWAYS_DENIED: Final = (
    "live calls and whatever resembles one",
    "phrases by which people are recognised",
    "talk of money, codes, accounts or emergencies",
    "claims to be present, or to be the real person",
    "political or sexual content",
    "sound that leaves the home network",
    "training of another model",
)
"""What nobody can consent to. Calls and senders outside the home are refused here, by
`DENIED_SENDERS`; rooms are those the household named; texts are for those who write them.
"""

CLOCK_TOLERANCE: Final = timedelta(minutes=10)
"""A clock that is set right after a consent was given must not make it one of the future."""

_SEAL: Final = object()
"""Whoever has it decides; nobody else can make a permit by accident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is about to be done; `at` is the local time with its zone."""

    purpose: Purpose
    room: str
    sender: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """That a voice may be spoken with, until then; only `permit` makes one."""

    voice_id: str
    consent_id: str
    valid_until: datetime
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePermit:
    """That the owner may look after a voice; only `permit_care` makes one."""

    voice_id: str
    consent_id: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


def permit(voice_id: str, record: ConsentRecord, standing: Standing, use: Use) -> Permit:
    """The permit for one use of a voice, or ConsentRefusedError with the first thing against it.

    `record` must be the one that the ledger, by `standing`, says is in force for the voice.
    """
    _check_in_force(voice_id, record, standing)
    _check_time(record, standing, use.at)
    _check_use(record, use)
    return Permit(
        voice_id=voice_id,
        consent_id=record.consent_id,
        valid_until=_valid_until(record, use.at),
        seal=_SEAL,
    )


def permit_care(
    voice_id: str, record: ConsentRecord, standing: Standing, at: datetime
) -> CarePermit:
    """The permit to update, fit again, renew or export encrypted: no voice is heard by that.

    An expired or suspended consent does not stand against it, a revoked one does. Raises
    ConsentRefusedError.
    """
    _check_in_force(voice_id, record, standing)
    if at < record.created - CLOCK_TOLERANCE:
        _refuse_early(record)
    return CarePermit(voice_id=voice_id, consent_id=record.consent_id, seal=_SEAL)


def ends_soon(until: datetime, at: datetime) -> bool:
    """Whether a consent that is valid at `at`, and until then, ends within a fortnight."""
    return until - WARNING <= at < until


def _check_seal(seal: object) -> None:
    if seal is not _SEAL:
        raise TypeError("permits are made by voices.consent.policy alone")


def _check_in_force(voice_id: str, record: ConsentRecord, standing: Standing) -> None:
    if standing.revoked:
        raise ConsentRefusedError(
            "consent was withdrawn; this voice is gone for good",
            hint="hub-agent voices list",
            reason="consent_revoked",
        )
    found = (standing.voice_id, standing.consent_id, standing.record_digest)
    if found != (voice_id, record.consent_id, record.digest()):
        raise ConsentRefusedError(
            "the consent record is not the one the ledger knows for this voice",
            hint="hub-agent consent verify",
            reason="consent_mismatch",
        )


def _check_time(record: ConsentRecord, standing: Standing, at: datetime) -> None:
    if standing.suspended:
        _refuse(record, "consent_suspended", "consent is suspended for now")
    if at < record.created - CLOCK_TOLERANCE:
        _refuse_early(record)
    if at >= record.scope.until:
        raise ConsentRefusedError(
            f"consent ended on {record.scope.until:%Y-%m-%d}",
            hint=f"hub-agent consent renew {record.consent_id}",
            reason="consent_expired",
        )


def _check_use(record: ConsentRecord, use: Use) -> None:
    scope = record.scope
    if use.sender in DENIED_SENDERS:
        _refuse(
            record, "always_denied", "a family voice is never used in calls or outside the home"
        )
    if use.purpose not in scope.purposes:
        _refuse(record, "purpose_not_consented", f"consent does not cover {use.purpose}")
    if not _is_among(use.room, scope.rooms):
        _refuse(record, "room_not_consented", "consent does not cover this room")
    if scope.hours and not any(span.includes(_clock(use.at)) for span in scope.hours):
        _refuse(record, "hour_not_consented", "consent does not cover this time of day")
    if not _is_among(use.sender, scope.senders):
        _refuse(record, "sender_not_consented", "consent does not cover who asks for it")


def _clock(at: datetime) -> time:
    return at.time().replace(tzinfo=None)


def _valid_until(record: ConsentRecord, at: datetime) -> datetime:
    """The end of the consent or, before it, of the hours that are on."""
    on = [span for span in record.scope.hours if span.includes(_clock(at))]
    ends = [span.end_after(at) for span in on]
    return min(record.scope.until, max(ends)) if ends else record.scope.until


def _is_among(name: str, names: tuple[str, ...]) -> bool:
    return ALL in names or name in names


def _refuse_early(record: ConsentRecord) -> NoReturn:
    _refuse(
        record,
        "consent_not_yet_valid",
        "consent begins later than this hub's clock says it is; is the clock right?",
    )


def _refuse(record: ConsentRecord, reason: str, message: str) -> NoReturn:
    raise ConsentRefusedError(
        message, hint=f"hub-agent consent show {record.consent_id}", reason=reason
    )
