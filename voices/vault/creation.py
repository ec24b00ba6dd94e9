"""Making a vault where there is none."""

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from voices.durable import is_leftover
from voices.errors import VaultDamagedError, VaultError, VaultExistsError
from voices.vault.commit import Draft, clean, commit, undo, write_file
from voices.vault.crypto import random_key
from voices.vault.header import HEADER_NAME, PARTS_FOLDER, is_ours
from voices.vault.loading import Opener, Place, sealed_names
from voices.vault.lock import LOCK_NAME, writing
from voices.vault.parts import new_id
from voices.vault.slots import SlotSecret
from voices.vault.transaction import Transaction

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


def create_vault(
    place: Place, new_slots: Sequence[SlotSecret], document: Mapping[str, Any]
) -> tuple[Draft, Opener]:
    """Make the first generation."""
    draft = Draft(new_id(), 1, random_key(), random_key(), document=dict(document))
    return fill_vault(place, draft, new_slots)


def fill_vault(
    place: Place,
    draft: Draft,
    new_slots: Sequence[SlotSecret],
    contents: Mapping[str, bytes] = _NOTHING,
) -> tuple[Draft, Opener]:
    """Commit a draft, with the content of its parts, as the first thing in a folder."""
    if not new_slots:
        raise VaultError("a vault needs at least one secret that opens it")
    refuse_taken(place)
    place.files.make_folder(place.folder)
    with writing(place.folder):
        refuse_taken(place)
        remove_half_made(place)
        tx = Transaction(draft, place)
        try:
            place.files.make_folder(place.path(PARTS_FOLDER))
            for secret in new_slots:
                tx.add_slot(secret)
            for name, content in contents.items():
                write_file(draft, place, name, content)
        except Exception:
            undo(draft, place)
            raise
        commit(draft, place)
        clean(draft, place)
    slot_id, private = next(iter(tx.take_added().items()))
    return draft, Opener.of(slot_id, private, new_slots[0])


def refuse_taken(place: Place) -> None:
    """Raise when there is a vault, or what is left of one."""
    if os.path.lexists(place.path(HEADER_NAME)):
        raise VaultExistsError(
            f"there is a vault in {place.folder} already", hint="hub-agent vault check"
        )
    if sealed_names(place):
        raise VaultDamagedError(
            f"{place.folder} holds sealed files of a vault whose {HEADER_NAME} is missing",
            hint="move the folder away and restore a backup: hub-agent vault restore",
        )


def remove_half_made(place: Place) -> None:
    """Remove what a power cut left of a vault that was never finished, and nothing else."""
    names = place.files.names(place.folder)
    if any(not _is_expected(name) for name in names):
        raise VaultError(
            f"{place.folder} holds other things than a vault",
            hint="name an empty folder or one that does not exist",
            reason="not_empty",
        )
    _remove_files(place, names)


def _remove_files(place: Place, names: Sequence[str]) -> None:
    """Remove files of ours from the folder, and temporary ones from the one of the parts."""
    for name in names:
        if is_ours(name) or is_leftover(name):
            place.files.remove(place.path(name))
    if PARTS_FOLDER in names:
        for name in place.files.names(place.path(PARTS_FOLDER)):
            if is_leftover(name):
                place.files.remove(place.path(PARTS_FOLDER) / name)


def _is_expected(name: str) -> bool:
    return name in (LOCK_NAME, PARTS_FOLDER) or is_ours(name) or is_leftover(name)
