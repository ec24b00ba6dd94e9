"""One change of the vault, prepared in full and committed by replacing `vault.json`.

New files first, then the catalogue of the next generation, then the header: whoever looks, at
any moment and after any power cut, sees the old generation or the new one.
"""

import copy
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from voices.durable import is_leftover
from voices.errors import VaultError
from voices.vault.catalogue import Catalogue, seal_catalogue
from voices.vault.crypto import random_key
from voices.vault.faults import CHECK_HINT
from voices.vault.fields import MalformedError
from voices.vault.header import (
    HEADER_NAME,
    MAX_HEADER_BYTES,
    PARTS_FOLDER,
    Header,
    catalogue_name,
    digest,
    is_ours,
    is_part,
)
from voices.vault.loading import Opened, Place
from voices.vault.parts import Part
from voices.vault.rekey import Keyhole, forget_secrets, renewed, settle_key_files
from voices.vault.secret import Secret
from voices.vault.slots import SlotInfo


@dataclass(slots=True)
class Draft:
    """The next generation, while it is being made."""

    vault_id: str
    generation: int
    vmk: Secret
    root: Secret
    document: dict[str, Any] = field(default_factory=dict, repr=False)
    keys: dict[str, Secret] = field(default_factory=dict, repr=False)
    parts: dict[str, Part] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    tombstones: frozenset[str] = frozenset()
    keyholes: dict[str, Keyhole] = field(default_factory=dict)
    removed: list[Keyhole] = field(default_factory=list)
    unreplaced: tuple[SlotInfo, ...] = ()
    is_rotating: bool = False
    new: list[str] = field(default_factory=list)
    before: dict[str, Keyhole] = field(default_factory=dict)

    def catalogue(self) -> Catalogue:
        """What will be known of it."""
        return Catalogue(
            self.document,
            self.root,
            self.keys,
            tuple(self.parts.values()),
            {slot_id: keyhole.record for slot_id, keyhole in self.keyholes.items()},
            self.tombstones,
            self.retired(),
        )

    def retired(self) -> tuple[str, ...]:
        """The key files of removed slots, as far as no other slot uses them."""
        used = {keyhole.record.path for keyhole in self.keyholes.values()}
        paths = [keyhole.record.path for keyhole in self.removed]
        return tuple(path for path in paths if path is not None and path not in used)

    def wipe(self) -> None:
        """Overwrite the keys."""
        for key in (self.vmk, self.root, *self.keys.values()):
            key.wipe()


def write_file(draft: Draft, place: Place, name: str, data: bytes | bytearray) -> None:
    """Write one file of the next generation."""
    draft.new.append(name)
    place.files.write(place.path(name), data)
    draft.files[name] = digest(data)


def commit(draft: Draft, place: Place) -> None:
    """Make the draft the vault's valid generation.

    An error leaves the old one, except for `not_confirmed`: then the new one is in its place,
    but the disk did not promise to keep it.
    """
    header = b""
    try:
        _fill_slots(draft, place)
        _write_catalogue(draft, place)
        header = _header(draft).to_bytes()
        place.files.write(place.path(HEADER_NAME), header)
    except Exception as error:
        if header and _is_on_disk(place, header):
            raise VaultError(
                "the change is made, but the disk did not confirm it",
                hint=CHECK_HINT,
                reason="not_confirmed",
            ) from error
        undo(draft, place)
        raise


def undo(draft: Draft, place: Place) -> None:
    """Remove what was written for a draft; what cannot be removed goes at the next change."""
    with suppress(OSError, VaultError):
        for name in draft.new:
            place.files.remove(place.path(name))
        before = list(draft.before.values())
        settle_key_files(before, draft.vault_id, frozenset(), place.files)
        known = {keyhole.record.path for keyhole in before}
        paths = {keyhole.record.path for keyhole in draft.keyholes.values()} - known
        forget_secrets([path for path in paths if path], draft.vault_id, place.files)


def clean(draft: Draft, place: Place) -> None:
    """After the commit: drop what belongs to older generations, also in key files."""
    try:
        sweep(place, draft.files)
        keyholes = list(draft.keyholes.values())
        settle_key_files(keyholes, draft.vault_id, draft.tombstones, place.files)
        forget_secrets(draft.retired(), draft.vault_id, place.files)
    except OSError as error:
        raise VaultError(
            "the change is made, but old files of the vault could not be removed",
            hint=CHECK_HINT,
            reason="not_cleaned",
        ) from error


def sweep(place: Place, wanted: dict[str, str]) -> None:
    """Remove files of ours that no valid generation names."""
    top = place.files.names(place.folder)
    inner = place.files.names(place.path(PARTS_FOLDER))
    for name in (*top, *(f"{PARTS_FOLDER}/{name}" for name in inner)):
        is_old = is_ours(name) and name not in wanted
        if is_old or is_leftover(name.rpartition("/")[2]):
            place.files.remove(place.path(name))


def _fill_slots(draft: Draft, place: Place) -> None:
    """Put the vault's key into each slot that does not have it; a rotation makes a new key."""
    if draft.is_rotating:
        draft.vmk.wipe()
        draft.vmk = random_key()
        for slot_id, keyhole in draft.keyholes.items():
            fresh = renewed(keyhole, draft.vault_id, place.files)
            if fresh is None:
                draft.unreplaced = (*draft.unreplaced, keyhole.info)
            draft.keyholes[slot_id] = fresh or keyhole
    for slot_id, keyhole in draft.keyholes.items():
        if draft.is_rotating or not keyhole.slot.sealed:
            draft.keyholes[slot_id] = keyhole.filled(draft.vmk, draft.vault_id)


def _write_catalogue(draft: Draft, place: Place) -> None:
    draft.files = {name: value for name, value in draft.files.items() if name in draft.parts}
    try:
        data = seal_catalogue(draft.catalogue(), draft.vault_id, draft.generation, draft.vmk)
    except MalformedError as error:
        raise VaultError(f"the document cannot be kept: {error}") from error
    write_file(draft, place, catalogue_name(draft.generation), data)


def _header(draft: Draft) -> Header:
    slots = tuple(keyhole.slot for keyhole in draft.keyholes.values())
    header = Header(draft.vault_id, draft.generation, slots, draft.files)
    return header.signed(draft.vmk)


def _is_on_disk(place: Place, header: bytes) -> bool:
    """Whether the commit happened although the disk complained."""
    try:
        return place.files.read(place.path(HEADER_NAME), MAX_HEADER_BYTES) == header
    except OSError:
        return False


def draft_after(opened: Opened) -> Draft:
    """A draft that changes nothing yet, with keys of its own."""
    header, known = opened.header, opened.catalogue.with_own_keys()
    keyholes = {slot.info.id: Keyhole(slot, known.slots[slot.info.id]) for slot in header.slots}
    return Draft(
        vault_id=header.vault_id,
        generation=header.generation + 1,
        vmk=opened.vmk.copy(),
        root=known.root,
        document=copy.deepcopy(dict(known.document)),
        keys=dict(known.keys),
        parts={part.file: part for part in known.parts},
        files={name: value for name, value in header.files.items() if is_part(name)},
        tombstones=opened.buried,
        keyholes=keyholes,
        before=dict(keyholes),
    )
