"""Bringing a backup back, without reviving anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voices.consent.ledger import Ledger
from voices.consent.ledger_events import Body, Cause, Event, EventType
from voices.consent.standing import Standing, follow
from voices.durable import DiskFiles, Files
from voices.errors import LedgerDamagedError, VaultExistsError
from voices.household import LEDGER_SUFFIX, Household, Promise
from voices.members import Member, MemberState, write_member
from voices.vault.backup import Backup, read_backup
from voices.vault.header import HEADER_NAME, PARTS_FOLDER
from voices.vault.parts import new_id
from voices.vault.slots import Passphrase, SlotSecret
from voices.vault.store import Store
from voices.vault.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Restored:
    """How many voices came back, stay withdrawn, and must be agreed to anew."""

    voices: int
    withdrawn: int
    suspended: int


def restore(
    vault: Path,
    ledger: Path,
    backup_file: Path,
    passphrase: Passphrase,
    slots: Sequence[SlotSecret],
    *,
    replace_present: bool = False,
    files: Files | None = None,
) -> Restored:
    """Make a vault of a backup.

    Whoever withdrew before or since stays withdrawn: by the ledger that is here, by the backup's,
    and by the key file. On a hub that has no ledger of this vault, every consent is suspended until
    it is given anew, since another hub is another house. Raises `VaultExistsError` for a vault that
    is there, unless it is to be replaced.
    """
    files = files or DiskFiles()
    backup = read_backup(backup_file, passphrase, files=files)
    present = (vault / HEADER_NAME).exists()
    if present and not replace_present:
        raise VaultExistsError(
            "there is a vault already", hint="--replace puts the backup in its place"
        )
    at_home = _bring_ledger(ledger, backup, files)
    dead = _withdrawn(ledger, files)
    replaced = _set_aside(vault, files) if present else None
    Store.restore(vault, backup, slots, dead=dead, files=files)
    household = Household.open(vault, ledger, files=files)
    household.unlock(slots[0])
    if replaced is not None:
        _remove(replaced, files)
    return _settle(household, dead, suspend=not at_home)


def _bring_ledger(folder: Path, backup: Backup, files: Files) -> bool:
    """Whether the ledger of this vault was here; else the backup's is written.

    A ledger that is here is longer than the backup's, or another vault's, which is refused.
    """
    here = _ledger_files(folder, files)
    theirs = {n: data for n, data in backup.extra.items() if n.endswith(LEDGER_SUFFIX)}
    if not here:
        files.make_folder(folder)
        for name, data in sorted(theirs.items()):
            files.write(folder / name, data)
        return False
    if not _continues(here, theirs):
        raise LedgerDamagedError(
            f"{folder} is the ledger of another vault, or older than the backup",
            hint=f"if that vault is given up, move it away: mv {folder} {folder}.old",
            reason="another_ledger",
        )
    return True


def _continues(here: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> bool:
    return all(here.get(name, b"").startswith(data) for name, data in theirs.items())


def _ledger_files(folder: Path, files: Files) -> dict[str, bytes]:
    try:
        names = files.names(folder)
    except FileNotFoundError:
        return {}
    size = 64 << 20
    return {n: files.read(folder / n, size) for n in names if n.endswith(LEDGER_SUFFIX)}


def _withdrawn(ledger: Path, files: Files) -> frozenset[str]:
    standings: dict[str, Standing] = {}
    shredded: set[str] = set()
    for event in Ledger.open(ledger, files).events():
        follow(standings, event)
        if _is_end(event):
            shredded.add(str(event.body["voice_id"]))
    return frozenset(shredded | {key for key, s in standings.items() if s.revoked})


def _is_end(event: Event) -> bool:
    return event.type in (EventType.VOICE_SHREDDED, EventType.CONSENT_REVOKED)


def _set_aside(vault: Path, files: Files) -> Path:
    aside = vault.with_name(f"{vault.name}.replaced-{new_id()[:8]}")
    files.move(vault, aside)
    return aside


def _remove(folder: Path, files: Files) -> None:
    """The vault that was replaced: a copy of it could still speak."""
    for inner in (folder / PARTS_FOLDER, folder):
        for name in files.names(inner) if inner.is_dir() else ():
            if (inner / name).is_file():
                files.remove(inner / name)
        files.remove_folder(inner)


def _settle(household: Household, dead: frozenset[str], *, suspend: bool) -> Restored:
    members = household.members()
    gone = [m for m in members.values() if m.key in dead and m.state is MemberState.ENROLLED]
    living = [m for m in members.values() if m.state is MemberState.ENROLLED and m.key not in dead]

    def change(tx: Transaction) -> list[Promise]:
        for member in gone:
            write_member(tx.document, _as_revoked(member))
        voices = len(living)
        body: Body = {"backup_id": new_id(), "generation": tx.generation, "voices": voices}
        suspended = [_suspension(member) for member in living] if suspend else []
        return [Promise(EventType.BACKUP_RESTORED, body), *suspended]

    household.commit(change)
    withdrawn = sum(m.state is MemberState.REVOKED for m in household.members().values())
    return Restored(len(living), withdrawn, len(living) if suspend else 0)


def _as_revoked(member: Member) -> Member:
    return replace(member, versions=(), current=0, state=MemberState.REVOKED)


def _suspension(member: Member) -> Promise:
    body = {
        "voice_id": member.key,
        "consent_id": member.consent_id,
        "cause": Cause.RESTORE.value,
    }
    return Promise(EventType.CONSENT_SUSPENDED, body)
