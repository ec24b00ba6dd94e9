"""Putting a backup in the place of a vault that is there, in one step."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from voices.errors import VaultError
from voices.vault.backup import Backup, draft_of, living
from voices.vault.commit import Draft, clean, commit, undo, write_file
from voices.vault.faults import disk_faults
from voices.vault.fields import MalformedError
from voices.vault.header import MAX_HEADER_BYTES, PARTS_FOLDER, digest, read_header
from voices.vault.keyfile import KeyFileContent, read_key_file, write_key_file
from voices.vault.loading import Place
from voices.vault.lock import writing
from voices.vault.parts import MAX_PART_BYTES
from voices.vault.slots import KeyFile, SlotSecret
from voices.vault.transaction import Transaction


def replace_vault(
    place: Place, backup: Backup, new_slots: Sequence[SlotSecret], dead: frozenset[str]
) -> None:
    """Make the backup the next generation in the folder of a vault, which may be damaged.

    Until the header is replaced the old vault is valid, afterwards this one and nothing is left of
    the old. Voices that are `dead` do not come back.
    """
    known = living(backup.catalogue.with_own_keys(), dead)
    with disk_faults(place.folder), writing(place.folder):
        generation = max(backup.generation, _generation(place)) + 1
        draft = draft_of(backup, known, generation)
        key_files = _key_files(new_slots, place)
        try:
            _fill(place, draft, new_slots, backup.contents)
            commit(draft, place)
        except Exception as error:
            if not (isinstance(error, VaultError) and error.reason == "not_confirmed"):
                undo(draft, place)
                _put_back(key_files, place)
            raise
        clean(draft, place)


def _fill(
    place: Place, draft: Draft, new_slots: Sequence[SlotSecret], contents: Mapping[str, bytes]
) -> None:
    tx = Transaction(draft, place)
    place.files.make_folder(place.path(PARTS_FOLDER))
    for secret in new_slots:
        tx.add_slot(secret)
    for name in draft.parts:
        if _is_there(place, name, contents[name]):
            draft.files[name] = digest(contents[name])
        else:
            write_file(draft, place, name, contents[name])


def _is_there(place: Place, name: str, content: bytes) -> bool:
    """Whether the vault that is there holds the same; undoing must not remove that."""
    try:
        return place.files.read(place.path(name), MAX_PART_BYTES) == content
    except OSError:
        return False


def _generation(place: Place) -> int:
    """That of the header that is there; 0 where it can no longer be read."""
    try:
        return read_header(place.files.read(place.header, MAX_HEADER_BYTES)).generation
    except (OSError, MalformedError, VaultError):
        return 0


def _key_files(new_slots: Sequence[SlotSecret], place: Place) -> dict[KeyFile, KeyFileContent]:
    """What opens the old vault, as far as the same files are to open the new one."""
    found: dict[KeyFile, KeyFileContent] = {}
    for secret in new_slots:
        if isinstance(secret, KeyFile):
            with suppress(VaultError):
                found[secret] = read_key_file(secret.path, place.files)
    return found


def _put_back(key_files: Mapping[KeyFile, KeyFileContent], place: Place) -> None:
    for secret, content in key_files.items():
        with suppress(OSError, VaultError):
            write_key_file(secret.path, content, place.files)
