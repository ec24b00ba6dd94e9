"""What is done with a voice that is enrolled: show, rename, roll back, move, withdraw."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from hub_agent.cli.agreement import AgreementOptions, level_of, terms_of
from hub_agent.cli.opened_vault import (
    VaultAccess,
    ask_new_passphrase,
    ask_passphrase,
    file_errors,
)
from hub_agent.cli.shell import talk
from hub_agent.cli.stock_names import require_no_stock_voice
from hub_agent.enrolment.consenting import consent_record
from hub_agent.errors import UsageError
from voices.consent.standing import State
from voices.family import DATA_KIND
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.members import Member, MemberState, Version
from voices.transfer import read_export, write_export
from voices.vault.slots import Passphrase


def show(wanted: str, *, as_json: bool, config: Path | None) -> None:
    """Print what is kept of a voice."""
    household = VaultAccess(config).unlocked()
    member = VoiceKeeper(household).member(wanted)
    shown = described(household, member)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    for key, value in shown.items():
        if key != "versions":
            typer.echo(f"{key.replace('_', ' '):<12} {_shown(value)}")
    for version in shown["versions"]:
        mark = "*" if version["current"] else " "
        typer.echo(
            f"{mark} version {version['number']:<3} {version['created'][:10]}  "
            f"{version['speech_s']:.0f} s of speech, likeness {version['similarity']:.2f}"
        )


def described(household: Household, member: Member) -> dict[str, Any]:
    """A voice in plain JSON, without anything it could be rebuilt from."""
    standing = household.standing(member.key)
    now = datetime.now().astimezone()
    state = State.REVOKED if member.state is MemberState.REVOKED else None
    if state is None and standing is not None:
        state = standing.state(now)
    shown: dict[str, Any] = {
        "id": member.id,
        "name": member.name,
        "language": member.language,
        "enrolled": member.created,
        "consent": state.value if state else "unknown",
    }
    if member.state is MemberState.ENROLLED:
        scope = household.consent(member).scope
        shown |= {
            "purposes": [purpose.value for purpose in scope.purposes],
            "rooms": list(scope.rooms),
            "hours": [str(span) for span in scope.hours],
            "senders": list(scope.senders),
            "until": scope.until.astimezone().date().isoformat(),
            "recordings": "recordings" in member.version.parts,
            "engines": engines_of(member.version),
            "phrases_mb": round(household.phrases_bytes(member) / 1e6, 1),
        }
    versions = [
        {
            "number": version.number,
            "created": version.created,
            "speech_s": version.speech_s,
            "similarity": version.similarity,
            "current": version.number == member.current,
        }
        for version in member.versions
    ]
    return {**shown, "versions": versions}


def engines_of(version: Version) -> list[str]:
    """Those that can speak with it."""
    return [
        kind.removeprefix(DATA_KIND) for kind in sorted(version.parts) if kind.startswith(DATA_KIND)
    ]


def rename(wanted: str, name: str, *, config: Path | None) -> None:
    """Call it otherwise."""
    from hub_agent.engines.embedded import EmbeddedEngine

    keeper = VoiceKeeper(VaultAccess(config).unlocked())
    engine = EmbeddedEngine()
    engine.load()
    require_no_stock_voice(engine, name)
    keeper.rename(keeper.member(wanted), name)
    talk("renamed")


def roll_back(wanted: str, version: int | None, *, config: Path | None) -> None:
    """Speak with an earlier version."""
    keeper = VoiceKeeper(VaultAccess(config).unlocked())
    member = keeper.roll_back(keeper.member(wanted), version)
    talk(f"speaks with version {member.current} again")


def revoke(wanted: str, *, yes: bool, config: Path | None) -> None:
    """Destroy the voice, keep the signed record."""
    household = VaultAccess(config).unlocked()
    keeper = VoiceKeeper(household)
    member = keeper.member(wanted)
    if member.state is MemberState.REVOKED:
        talk("this voice was withdrawn already")
        return
    _confirm(
        f"The voice of {member.name} will be destroyed for good, on this hub and in every copy of "
        "its data. Withdraw it?",
        yes=yes,
    )
    keeper.revoke(member)
    talk("withdrawn: the voice is destroyed, and nobody can enrol it here again")
    _tell_of_backups(household)


def delete(wanted: str, *, yes: bool, config: Path | None) -> None:
    """Destroy the voice and forget the person."""
    household = VaultAccess(config).unlocked()
    keeper = VoiceKeeper(household)
    member = keeper.member(wanted)
    _confirm(
        f"Everything about {member.name} will be deleted, also what keeps others from enrolling "
        "that voice. Delete it?",
        yes=yes,
    )
    keeper.delete(member)
    talk("deleted")
    _tell_of_backups(household)


def export(wanted: str, file: Path, *, passphrase_file: Path | None, config: Path | None) -> None:
    """Write one voice into an encrypted file."""
    household = VaultAccess(config).unlocked()
    keeper = VoiceKeeper(household)
    member = keeper.member(wanted)
    passphrase = ask_new_passphrase("Passphrase for the file", file=passphrase_file)
    with file_errors(file):
        write_export(keeper, member, file, passphrase)
    talk(f"{file}: whoever has it and its passphrase has the voice")


def import_voice(
    file: Path,
    agreement: AgreementOptions,
    *,
    passphrase_file: Path | None,
    config: Path | None,
) -> None:
    """Take in a voice of another hub under a consent for this one."""
    access = VaultAccess(config)
    passphrase = Passphrase(ask_passphrase("Passphrase of the file", file=passphrase_file))
    with file_errors(file):
        exported = read_export(file, passphrase)
    level_of(agreement)
    household = access.unlocked_or_new()
    consent = consent_record(
        terms_of(agreement, subject_name=exported.name),
        subject_name=exported.name,
        language=exported.language,
        hub_id=household.hub_id,
        samples=(),
    )
    member = VoiceKeeper(household).enrol(exported.enrolment(consent))
    talk(f"{member.id} can speak here now")


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise UsageError("nothing was changed", hint="--yes does not ask")


def _tell_of_backups(household: Household) -> None:
    if household.backups_made():
        talk("there are backups: restoring one does not revive this voice, but destroy them too")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "any"
    if isinstance(value, bool):
        return "kept" if value else "not kept"
    return str(value)
