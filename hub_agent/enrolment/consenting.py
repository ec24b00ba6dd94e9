"""Consent records from what people say and sign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from voices.consent.attestation import attestation
from voices.consent.people import (
    ROLE_FOR,
    Controller,
    Grantor,
    Level,
    Relationship,
    Subject,
    SubjectStatus,
)
from voices.consent.proof import (
    ChallengeProof,
    SampleProof,
    StatementProof,
    Verification,
    Verifier,
)
from voices.consent.record import ConsentRecord
from voices.consent.scope import ALL, Hours, Scope
from voices.consent.statements import StatementFacts
from voices.consent.terms import DEFAULT_PURPOSES, default_until, latest_until
from voices.errors import ConsentRefusedError
from voices.purpose import Purpose
from voices.vault.parts import new_id

STATUS_FOR = {role: status for status, role in ROLE_FOR.items()}
DEVICE = "command-line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What somebody agrees to; None and empty: what is usual for that relationship.

    `at_latest` is to the second when it ends whatever else is said.
    """

    relationship: Relationship
    grantor_name: str = field(repr=False)
    purposes: tuple[Purpose, ...] = ()
    rooms: tuple[str, ...] = (ALL,)
    hours: tuple[Hours, ...] = ()
    senders: tuple[str, ...] = (ALL,)
    until: date | None = None
    at_latest: datetime | None = None
    birth_year: int | None = field(default=None, repr=False)
    household: str = field(default="our home", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A statement that was read aloud and recognised, with the scores of that."""

    statement: StatementProof = field(repr=False)
    challenge: ChallengeProof = field(repr=False)
    verification: Verification


def consent_record(
    terms: Terms,
    *,
    subject_name: str,
    language: str,
    hub_id: str,
    samples: Sequence[SampleProof],
    spoken: Spoken | None = None,
    replaces: ConsentRecord | None = None,
) -> ConsentRecord:
    """The record of a consent: `spoken`, or attested in writing.

    `replaces` is the consent of the same person that this one follows. Raises
    `ConsentRefusedError` for terms that nobody can agree to.
    """
    now = datetime.now(UTC)
    subject = _subject(terms, subject_name, replaces)
    scope = scope_of(terms, now)
    return ConsentRecord(
        consent_id=new_id(),
        created=now,
        subject=subject,
        grantor=_grantor(terms, subject, replaces),
        controller=Controller(hub_id=hub_id, household_name=terms.household),
        statement=spoken.statement if spoken else _written(terms, subject, scope, language, now),
        challenge=spoken.challenge if spoken else None,
        verification=spoken.verification if spoken else _attested(),
        samples=tuple(samples),
        scope=scope,
        prev_consent_id=replaces.consent_id if replaces else None,
    )


def scope_of(terms: Terms, now: datetime | None = None) -> Scope:
    """The bounds that `terms` set. Raises `ConsentRefusedError` for an end that is too late."""
    now = now or datetime.now(UTC)
    status = STATUS_FOR[terms.relationship]
    latest = latest_until(now, status, terms.birth_year)
    until = default_until(now, status, terms.birth_year)
    if terms.until is not None:
        until = datetime.combine(terms.until, time(23, 59, 59)).astimezone()
    if until.date() > latest.astimezone().date():
        raise ConsentRefusedError(
            f"nobody can agree for longer than until {latest.date()}",
            hint=f"--until {latest.date()}; it can be renewed then",
            reason="consent_too_long",
        )
    if until <= now:
        raise ConsentRefusedError(
            "the consent would have ended already",
            hint=f"--until {latest.date()}, or an earlier day that is still to come"
            if latest > now
            else "who is of age agrees in person: --relationship self",
            reason="consent_ended",
        )
    return Scope(
        purposes=terms.purposes or DEFAULT_PURPOSES[status],
        rooms=terms.rooms,
        hours=terms.hours,
        senders=terms.senders,
        until=min(until, latest, terms.at_latest or latest),
    )


def statement_facts(terms: Terms, subject_name: str, scope: Scope, language: str) -> StatementFacts:
    """What a statement to be read aloud is filled in with."""
    return StatementFacts(
        language=language,
        relationship=terms.relationship,
        grantor_name=terms.grantor_name,
        household=terms.household,
        purposes=scope.purposes,
        devices=() if ALL in scope.rooms else scope.rooms,
        today=datetime.now().astimezone().date(),
        until=scope.until.astimezone().date(),
        subject_name=subject_name,
    )


def _subject(terms: Terms, name: str, replaces: ConsentRecord | None) -> Subject:
    if replaces is not None:
        return replaces.subject
    status: SubjectStatus = STATUS_FOR[terms.relationship]
    return Subject(id=new_id(), display_name=name, status=status, birth_year=terms.birth_year)


def _grantor(terms: Terms, subject: Subject, replaces: ConsentRecord | None) -> Grantor:
    own = terms.relationship is Relationship.SELF
    known = replaces is not None and replaces.grantor.name == terms.grantor_name
    grantor_id = subject.id if own else new_id()
    if known and replaces is not None:
        grantor_id = replaces.grantor.id
    return Grantor(id=grantor_id, name=terms.grantor_name, role=terms.relationship)


def _written(
    terms: Terms, subject: Subject, scope: Scope, language: str, now: datetime
) -> StatementProof:
    facts = statement_facts(terms, subject.display_name, scope, language)
    return StatementProof(
        locale=language, text=attestation(facts), recorded_at=now, device_id=DEVICE
    )


def _attested() -> Verification:
    return Verification(level=Level.ATTESTED, verifier=Verifier.ATTESTATION)
