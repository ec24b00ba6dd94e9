"""Bringing a backup back, without reviving anybody."""

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from voices.consent.ledger import Ledger
from voices.consent.ledger_events import Body, Cause, Event, EventType
from voices.consent.ledger_folder import LEDGER_SUFFIX, ledger_files
from voices.consent.standing import Standing, follow
from voices.durable import DiskFiles, Files, is_leftover
from voices.errors import LedgerDamagedError, VaultExistsError, VoicesError
from voices.household import AUDIT_FOLDER, Household
from voices.household_document import Promise, add_promises
from voices.members import Member, MemberState, enrolled, members_of, write_member
from voices.vault.backup import Backup, read_backup
from voices.vault.faults import disk_faults
from voices.vault.header import HEADER_NAME
from voices.vault.keyfile import read_key_file
from voices.vault.loading import Place
from voices.vault.parts import new_id
from voices.vault.replacing import replace_vault
from voices.vault.slots import KeyFile, Passphrase, SlotSecret
from voices.vault.store import Store


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
    is there, unless it is to be replaced. A power cut leaves what was there, or all of the backup.
    """
    files = files or DiskFiles()
    backup = read_backup(backup_file, passphrase, files=files)
    present = (vault / HEADER_NAME).exists()
    if present and not replace_present:
        raise VaultExistsError(
            "there is a vault already", hint="--replace puts the backup in its place"
        )
    if present:
        _settle_present(vault, ledger, slots, files)
    with disk_faults(ledger):
        at_home = _bring_ledger(ledger, backup, files)
        _bring_audit(ledger.with_name(AUDIT_FOLDER), backup, files)
        dead = _withdrawn(ledger, files) | backup.tombstones | _buried(slots, files)
    prepared, restored = _prepared(backup, dead, suspend=not at_home)
    if present:
        replace_vault(Place(vault, files), prepared, slots, dead)
    else:
        Store.restore(vault, prepared, slots, dead=dead, files=files)
    Household.open(vault, ledger, files=files).unlock(slots[0])
    return restored


def _settle_present(vault: Path, ledger: Path, slots: Sequence[SlotSecret], files: Files) -> None:
    """Let a withdrawal that a power cut left unrecorded be known, if the vault can be opened."""
    for secret in slots:
        with suppress(VoicesError):
            Household.open(vault, ledger, files=files).unlock(secret)
            return


def _bring_ledger(folder: Path, backup: Backup, files: Files) -> bool:
    """Whether the ledger of this vault was here; else the backup's is written.

    At home it is longer than the backup's, since it tells of the backup. One that is as long or
    shorter may be what an interrupted restore wrote. Another vault's is refused.
    """
    here = ledger_files(folder, files)
    theirs = _files_of(backup, "")
    if not _continues(theirs, here):
        if _continues(here, theirs):
            return True
        raise LedgerDamagedError(
            f"{folder} is the ledger of another vault",
            hint=f"if that vault is given up, move it away: mv {folder} {folder}.old",
            reason="another_ledger",
        )
    _write(folder, here, theirs, files)
    return False


def _bring_audit(folder: Path, backup: Backup, files: Files) -> None:
    """Write the backup's audit log, unless there is one here that went on or is another."""
    here, theirs = ledger_files(folder, files), _files_of(backup, f"{AUDIT_FOLDER}/")
    if theirs and _continues(theirs, here):
        _write(folder, here, theirs, files)


def _files_of(backup: Backup, prefix: str) -> dict[str, bytes]:
    """The files of one log in a backup, by their names in its folder."""
    found = ((name.removeprefix(prefix), name) for name in backup.extra if name.startswith(prefix))
    return {
        name: backup.extra[whole]
        for name, whole in found
        if name.endswith(LEDGER_SUFFIX) and "/" not in name
    }


def _write(
    folder: Path, here: Mapping[str, bytes], theirs: Mapping[str, bytes], files: Files
) -> None:
    files.make_folder(folder)
    for name in filter(is_leftover, files.names(folder)):
        files.remove(folder / name)
    for name, data in sorted(theirs.items()):
        if here.get(name) != data:
            files.write(folder / name, data)


def _continues(longer: Mapping[str, bytes], shorter: Mapping[str, bytes]) -> bool:
    return all(longer.get(name, b"").startswith(data) for name, data in shorter.items())


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


def _buried(slots: Sequence[SlotSecret], files: Files) -> frozenset[str]:
    """The voices that key files know to be revoked."""
    stones: frozenset[str] = frozenset()
    for secret in slots:
        if isinstance(secret, KeyFile) and secret.path.exists():
            stones |= read_key_file(secret.path, files).tombstones
    return stones


def _prepared(backup: Backup, dead: frozenset[str], *, suspend: bool) -> tuple[Backup, Restored]:
    """The backup as it may come back: the moment it is a vault, nobody speaks who may not."""
    document = copy.deepcopy(backup.document)
    members = members_of(document)
    for member in members.values():
        if member.key in dead:
            write_member(document, _as_revoked(member))
    enrolled_now = enrolled(members.values())
    gone = [member for member in enrolled_now if member.key in dead]
    living = [member for member in enrolled_now if member.key not in dead]
    suspended = [_suspension(member) for member in living] if suspend else []
    body: Body = {
        "backup_id": new_id(),
        "generation": backup.generation + 1,
        "voices": len(living),
    }
    withdrawn = [_withdrawal(member) for member in gone]
    add_promises(document, [Promise(EventType.BACKUP_RESTORED, body), *withdrawn, *suspended])
    known = replace(backup.catalogue, document=document)
    counts = Restored(len(living), len(members) - len(living), len(suspended))
    return replace(backup, catalogue=known), counts


def _as_revoked(member: Member) -> Member:
    return replace(member, versions=(), current=0, state=MemberState.REVOKED)


def _withdrawal(member: Member) -> Promise:
    return _change(EventType.CONSENT_REVOKED, member)


def _suspension(member: Member) -> Promise:
    return _change(EventType.CONSENT_SUSPENDED, member)


def _change(kind: EventType, member: Member) -> Promise:
    body = {
        "voice_id": member.key,
        "consent_id": member.consent_id,
        "cause": Cause.RESTORE.value,
    }
    return Promise(kind, body)
