"""All of a vault in one file that a passphrase opens, and a vault made of it again."""

import os
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from voices.durable import DiskFiles, Files, is_leftover
from voices.errors import NoVaultError, VaultDamagedError, VaultError
from voices.vault.catalogue import MAX_CATALOGUE_BYTES, Catalogue, pack, unpack
from voices.vault.commit import Draft
from voices.vault.creation import fill_vault, refuse_taken, remove_half_made
from voices.vault.crypto import BadSealError, random_key
from voices.vault.envelope import seal, unseal
from voices.vault.faults import damaged, disk_faults
from voices.vault.fields import Fields, MalformedError, canonical, parse
from voices.vault.header import HEADER_NAME, PARTS_FOLDER, digest, is_ours, is_part
from voices.vault.keyfile import read_key_file
from voices.vault.loading import Opened, Opener, Place
from voices.vault.lock import LOCK_NAME
from voices.vault.parts import MAX_PART_BYTES, open_part
from voices.vault.secret import Secret, wipe
from voices.vault.slots import KeyFile, Passphrase, SlotSecret

MAX_BACKUP_BYTES = 2 << 30
_MAX_ENTRIES = 100_000
_FORMAT = "hubvoice-backup"
_MAGIC = b"HVB1"
_START = struct.Struct(">4sH")
_LENGTH = struct.Struct(">I")
_DISK = DiskFiles()


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. `extra` is what the caller put there."""

    vault_id: str
    generation: int
    extra: Mapping[str, bytes] = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    contents: Mapping[str, bytes] = field(repr=False)

    @property
    def document(self) -> dict[str, Any]:
        """The caller's JSON."""
        return dict(self.catalogue.document)

    @property
    def voice_ids(self) -> frozenset[str]:
        """The voices in it."""
        return frozenset(self.catalogue.keys)

    @property
    def tombstones(self) -> frozenset[str]:
        """The voices that were revoked when it was made."""
        return self.catalogue.tombstones

    def wipe(self) -> None:
        """Overwrite the keys in memory; nothing can be restored afterwards."""
        self.catalogue.wipe()


def backup_contents(place: Place, opened: Opened) -> dict[str, bytes]:
    """The sealed parts of all living voices, verified; FileNotFoundError when one is gone."""
    contents: dict[str, bytes] = {}
    for part in opened.catalogue.parts:
        if part.voice_id not in opened.buried:
            data = place.files.read(place.path(part.file), MAX_PART_BYTES)
            if digest(data) != opened.header.files.get(part.file):
                raise damaged(part.file, "the checksum is wrong")
            contents[part.file] = data
    return contents


def seal_backup(
    opened: Opened,
    contents: Mapping[str, bytes],
    extra: Mapping[str, bytes],
    passphrase: Passphrase,
) -> bytearray:
    """The content of a backup file."""
    known = replace(living(opened.catalogue, opened.buried), slots={})
    head = {
        "fmt": _FORMAT,
        "v": 1,
        "vault_id": opened.header.vault_id,
        "gen": opened.header.generation,
    }
    plain = _packed(known, contents, extra)
    try:
        return seal(plain, passphrase, magic=_MAGIC, head=head)
    finally:
        wipe(plain)


def read_backup(path: Path, passphrase: Passphrase, *, files: Files = _DISK) -> Backup:
    """What is in a backup file, all of it verified."""
    with disk_faults(path):
        try:
            data = files.read(path, MAX_BACKUP_BYTES)
        except FileNotFoundError as error:
            raise NoVaultError(f"there is no backup {path}") from error
    try:
        return _read(data, passphrase)
    except (MalformedError, BadSealError) as error:
        raise VaultDamagedError(
            f"{path} is no backup of a vault or is damaged", hint="use another backup"
        ) from error


def living(catalogue: Catalogue, dead: frozenset[str]) -> Catalogue:
    """The same without keys and parts of dead voices."""
    return replace(
        catalogue,
        keys={name: key for name, key in catalogue.keys.items() if name not in dead},
        parts=tuple(part for part in catalogue.parts if part.voice_id not in dead),
        tombstones=catalogue.tombstones | dead,
    )


def restore_vault(
    place: Place, backup: Backup, new_slots: Sequence[SlotSecret], dead: frozenset[str]
) -> tuple[Draft, Opener]:
    """Make the vault beside its place, then move it there as a whole."""
    refuse_taken(place)
    aside = Place(place.folder.with_name(f".{place.folder.name}.restoring"), place.files)
    if place.folder.is_dir():
        remove_half_made(place)
    _remove_vault(aside)
    buried = dead | backup.tombstones | _known_dead(new_slots, place.files)
    known = living(backup.catalogue.with_own_keys(), buried)
    draft = draft_of(backup, known, backup.generation + 1)
    contents = {part.file: backup.contents[part.file] for part in known.parts}
    try:
        done = fill_vault(aside, draft, new_slots, contents)
        _remove_vault(place)
        place.files.move(aside.folder, place.folder)
    except Exception:
        with suppress(OSError):
            _remove_vault(aside)
        raise
    return done


def draft_of(backup: Backup, known: Catalogue, generation: int) -> Draft:
    """What a vault with the content `known` of a backup is made of, under a fresh key."""
    return Draft(
        backup.vault_id,
        generation,
        random_key(),
        known.root,
        document=dict(known.document),
        keys=dict(known.keys),
        parts={part.file: part for part in known.parts},
        tombstones=known.tombstones,
    )


def _known_dead(new_slots: Sequence[SlotSecret], files: Files) -> frozenset[str]:
    """The tombstones in key files that are there already."""
    stones: frozenset[str] = frozenset()
    for secret in new_slots:
        if isinstance(secret, KeyFile) and os.path.lexists(secret.path):
            stones |= read_key_file(secret.path, files).tombstones
    return stones


def _remove_vault(place: Place) -> None:
    """Remove a vault that was never in its place, or what is left of one."""
    if not place.folder.is_dir():
        return
    inner = place.path(PARTS_FOLDER)
    for folder, prefix in ((inner, f"{PARTS_FOLDER}/"), (place.folder, "")):
        for name in place.files.names(folder) if folder.is_dir() else ():
            is_known = prefix + name in (HEADER_NAME, LOCK_NAME) or is_ours(prefix + name)
            if is_known or is_leftover(name):
                place.files.remove(folder / name)
    place.files.remove_folder(inner)
    place.files.remove_folder(place.folder)


def _read(data: bytes, passphrase: Passphrase) -> Backup:
    fields, plain = unseal(data, passphrase, magic=_MAGIC)
    try:
        fields.text("fmt", only=_FORMAT)
        return _unpacked(plain, fields.identity("vault_id"), fields.number("gen", 1, 2**62))
    finally:
        wipe(plain)


def _packed(
    catalogue: Catalogue, contents: Mapping[str, bytes], extra: Mapping[str, bytes]
) -> bytearray:
    first = pack(catalogue)
    head = canonical(
        {
            "catalogue": len(first),
            "files": [{"name": name, "size": len(data)} for name, data in contents.items()],
            "extra": [{"name": name, "size": len(data)} for name, data in extra.items()],
        }
    )
    plain = bytearray(_LENGTH.pack(len(head)) + head) + first
    wipe(first)
    for data in (*contents.values(), *extra.values()):
        plain += data
    if len(plain) > MAX_BACKUP_BYTES // 2:
        raise VaultError("the vault is too big for one backup file", reason="too_big")
    return plain


def _unpacked(plain: bytearray, vault_id: str, generation: int) -> Backup:
    if len(plain) < _LENGTH.size:
        raise MalformedError("too short")
    at = _LENGTH.size + _LENGTH.unpack_from(plain)[0]
    fields = Fields(parse(plain[_LENGTH.size : at]))
    body = at + fields.number("catalogue", 0, MAX_CATALOGUE_BYTES)
    catalogue = unpack(plain[at:body])
    contents, body = _taken(plain, body, fields.items("files", _MAX_ENTRIES))
    extra, body = _taken(plain, body, fields.items("extra", _MAX_ENTRIES))
    if body != len(plain):
        raise MalformedError("more bytes than files")
    backup = Backup(vault_id, generation, extra, catalogue, contents)
    _verify(backup)
    return backup


def _taken(plain: bytearray, at: int, items: list[Any]) -> tuple[dict[str, bytes], int]:
    taken: dict[str, bytes] = {}
    for fields in map(Fields, items):
        end = at + fields.number("size", 0, len(plain) - at)
        taken[fields.text("name")] = bytes(plain[at:end])
        at = end
    return taken, at


def _verify(backup: Backup) -> None:
    """Each part is there and opens with its key."""
    known = backup.catalogue
    if {part.file for part in known.parts} != set(filter(is_part, backup.contents)):
        raise MalformedError("parts are missing")
    for part in known.parts:
        key: Secret | None = known.keys.get(part.voice_id)
        if key is None:
            raise MalformedError("a part without a key")
        open_part(backup.contents[part.file], part, backup.vault_id, key).wipe()
