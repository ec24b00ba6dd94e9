"""What the commands `consent …` do."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import typer

from hub_agent.cli.agreement import AgreementOptions, hours_of, listed, purposes_of, terms_of
from hub_agent.cli.opened_vault import VaultAccess
from hub_agent.cli.shell import talk
from hub_agent.enrolment.consenting import Terms, consent_record
from hub_agent.errors import ExitCode, UsageError
from voices.consent.people import Relationship
from voices.consent.record import ConsentRecord
from voices.consent.scope import ALL, Hours, Scope
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.members import Member

MINUTES_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be different; None: as before."""

    attested_by: str | None = field(default=None, repr=False)
    relationship: str | None = None
    purposes: str | None = None
    rooms: str | None = None
    hours: str | None = None
    senders: str | None = None
    until: date | None = None
    birth_year: int | None = None


def show(wanted: str, *, as_json: bool, config: Path | None) -> None:
    """Print the consent in force."""
    household = VaultAccess(config).unlocked()
    member = VoiceKeeper(household).member(wanted)
    record = household.consent(member)
    shown = _described(household, member, record)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    for key, value in shown.items():
        text = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{key.replace('_', ' '):<12} {text}")


def log(wanted: str | None, *, as_json: bool, config: Path | None) -> None:
    """Print the ledger; voices by their id where the vault is open."""
    access = VaultAccess(config)
    household = access.open()
    names: dict[str, str] = {}
    if wanted is not None:
        household = access.unlocked()
        member = VoiceKeeper(household).member(wanted)
        names = {member.key: member.id}
    elif access.try_unlock(household):
        names = {member.key: member.id for member in household.members().values()}
    for event in household.events():
        key = str(event.body.get("voice_id", ""))
        if wanted is not None and key not in names:
            continue
        at = event.at.isoformat()
        if as_json:
            row = {"seq": event.seq, "at": at, "type": event.type.value, **event.body}
            typer.echo(json.dumps(row))
        else:
            typer.echo(f"{event.seq:>5}  {at[:19]}  {event.type:<20} {names.get(key, key)}")


def verify(*, as_json: bool, config: Path | None) -> None:
    """Verify the ledger; exit code 65 when it is not what was written."""
    access = VaultAccess(config)
    household = access.open()
    access.try_unlock(household)
    findings = household.check_ledger()
    if as_json:
        rows = [{"file": f.file, "reason": f.reason, "message": f.message} for f in findings]
        typer.echo(json.dumps({"findings": rows}))
    for finding in () if as_json else findings:
        typer.echo(finding.message)
    if findings:
        raise typer.Exit(int(ExitCode.BAD_DATA))
    if not as_json:
        talk("the ledger is what was written")


def renew(wanted: str, changes: Changes, *, config: Path | None) -> None:
    """Put a new consent in force."""
    household = VaultAccess(config).unlocked()
    keeper = VoiceKeeper(household)
    member = keeper.member(wanted)
    old = household.consent(member)
    options = AgreementOptions(
        consent="attested",
        relationship=changes.relationship or old.grantor.role.value,
        attested_by=changes.attested_by,
        until=changes.until,
        birth_year=changes.birth_year or old.subject.birth_year,
    )
    terms = terms_of(options, subject_name=member.name)
    _put_in_force(keeper, household, member, _merged(terms, old.scope, changes))
    talk(f"{member.id}: agreed until {_last_day(household, member)}")


def limit(wanted: str, changes: Changes, *, config: Path | None) -> None:
    """Narrow the consent in force."""
    if changes == Changes():
        raise UsageError("nothing is said to be limited", hint="hub-agent consent limit --help")
    household = VaultAccess(config).unlocked()
    keeper = VoiceKeeper(household)
    member = keeper.member(wanted)
    old = household.consent(member)
    terms = Terms(
        relationship=Relationship(old.grantor.role),
        grantor_name=old.grantor.name,
        until=changes.until or old.scope.until.astimezone().date(),
        at_latest=old.scope.until,
        birth_year=old.subject.birth_year,
    )
    merged = _merged(terms, old.scope, changes)
    _require_narrower(merged, old.scope)
    _put_in_force(keeper, household, member, merged)
    talk(f"{member.id}: limited")


def _put_in_force(keeper: VoiceKeeper, household: Household, member: Member, terms: Terms) -> None:
    old = household.consent(member)
    record = consent_record(
        terms,
        subject_name=member.name,
        language=member.language,
        hub_id=household.hub_id,
        samples=old.samples,
        replaces=old,
    )
    keeper.renew(member, record)


def _merged(terms: Terms, old: Scope, changes: Changes) -> Terms:
    return Terms(
        relationship=terms.relationship,
        grantor_name=terms.grantor_name,
        purposes=purposes_of(changes.purposes) or old.purposes,
        rooms=listed(changes.rooms or "") or old.rooms,
        hours=hours_of(changes.hours) or old.hours,
        senders=listed(changes.senders or "") or old.senders,
        until=terms.until,
        at_latest=terms.at_latest,
        birth_year=terms.birth_year,
    )


def _require_narrower(new: Terms, old: Scope) -> None:
    wider = (
        not set(new.purposes) <= set(old.purposes)
        or not _within(new.rooms, old.rooms)
        or not _within(new.senders, old.senders)
        or (new.until is not None and new.until > old.until.astimezone().date())
        or not _hours_within(new.hours, old.hours)
    )
    if wider:
        raise UsageError(
            "limiting cannot allow more than before",
            hint="the person may agree to more: hub-agent consent renew ID",
        )


def _within(new: tuple[str, ...], old: tuple[str, ...]) -> bool:
    return ALL in old or (ALL not in new and set(new) <= set(old))


def _hours_within(new: tuple[Hours, ...], old: tuple[Hours, ...]) -> bool:
    """Whether each new span lies in an old one; no hours at all mean any hour."""
    if not old:
        return True
    return bool(new) and all(any(_lies_in(one, other) for other in old) for one in new)


def _lies_in(one: Hours, other: Hours) -> bool:
    begins, lasts = _after(other.start, one.start), _after(one.start, one.end)
    return begins + lasts <= _after(other.start, other.end)


def _after(start: time, end: time) -> int:
    """Minutes from one time of the day to the next such time."""
    return (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % MINUTES_A_DAY


def _last_day(household: Household, member: Member) -> date:
    again = household.members()[member.key]
    return household.consent(again).scope.until.astimezone().date()


def _described(household: Household, member: Member, record: ConsentRecord) -> dict[str, Any]:
    standing = household.standing(member.key)
    state = standing.state(datetime.now(UTC)).value if standing else "unknown"
    return {
        "id": member.id,
        "state": state,
        "level": record.verification.level.value,
        "agreed_by": record.grantor.name,
        "relationship": record.grantor.role.value,
        "since": record.created.astimezone().date().isoformat(),
        "until": record.scope.until.astimezone().date().isoformat(),
        "purposes": [purpose.value for purpose in record.scope.purposes],
        "rooms": list(record.scope.rooms),
        "hours": [str(span) for span in record.scope.hours] or ["any"],
        "senders": list(record.scope.senders),
        "statement": record.statement.text,
    }
