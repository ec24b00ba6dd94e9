"""The vault: everything a voice is made of, encrypted, and readable only with a permit."""

import copy
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from voices.durable import DiskFiles, Files
from voices.errors import (
    ConsentRefusedError,
    NoVaultError,
    VaultBusyError,
    VaultDamagedError,
    VaultError,
    VaultLockedError,
    VoiceNotFoundError,
)
from voices.payload import Payload
from voices.vault.backup import Backup, backup_contents, restore_vault, seal_backup
from voices.vault.check import Finding, check_vault
from voices.vault.commit import Draft, clean, commit, draft_after, sweep, undo
from voices.vault.creation import create_vault
from voices.vault.crypto import derive
from voices.vault.faults import CHECK_HINT, damaged, disk_faults, missing
from voices.vault.fields import canonical
from voices.vault.header import HEADER_NAME, Header
from voices.vault.loading import (
    Opened,
    Opener,
    Place,
    Stamp,
    load,
    load_header,
    load_part,
    stamp_of,
    try_again,
    try_secret,
)
from voices.vault.lock import writing
from voices.vault.parts import Part
from voices.vault.permit import Permit
from voices.vault.rekey import Keyhole, forget_secrets, settle_key_files
from voices.vault.secret import Secret
from voices.vault.slots import MAX_SLOTS, KeyFile, Passphrase, SlotInfo, SlotSecret, SlotType
from voices.vault.transaction import Transaction, sorted_parts

_DISK = DiskFiles()
_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_UNLOCK_HINT = "hub-agent vault unlock"


class Store:
    """One vault. Several processes may use it at once; threads may share one Store.

    Changes of others are seen at the next look. Locked, it tells only what is not secret.
    """

    def __init__(self, place: Place, header: Header) -> None:
        self._place = place
        self._header_path = place.header
        self._header = header
        self._opened: Opened | None = None
        self._opener: Opener | None = None
        self._guard = threading.RLock()

    @classmethod
    def create(
        cls,
        folder: Path,
        new_slots: Sequence[SlotSecret],
        *,
        document: Mapping[str, Any],
        files: Files = _DISK,
    ) -> "Store":
        """Make a new vault in a new or empty folder; it comes unlocked."""
        place = Place(folder, files)
        with disk_faults(folder):
            draft, opener = create_vault(place, new_slots, document)
            return cls._of(place, draft, opener)

    @classmethod
    def open(cls, folder: Path, *, files: Files = _DISK) -> "Store":
        """A vault that is there, locked."""
        place = Place(folder, files)
        with disk_faults(folder):
            return cls(place, load_header(place))

    @classmethod
    def _of(cls, place: Place, draft: Draft, opener: Opener) -> "Store":
        opened = load(place, lambda _header: draft.vmk)
        store = cls(place, opened.header)
        store._opened, store._opener = opened, opener
        return store

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._place.folder

    @property
    def vault_id(self) -> str:
        """Which vault this is; it stays the same for life, also when restored."""
        return self._header.vault_id

    @property
    def generation(self) -> int:
        """Counts the changes, as of the last look; put it where a roll-back would be noticed."""
        return self._header.generation

    @property
    def unlocked(self) -> bool:
        """Whether content can be had."""
        return self._opened is not None

    def stamp(self) -> Stamp:
        """A token that changes whenever anybody changes the vault; cheap enough for each chunk."""
        return stamp_of(self._header_path)

    def slots(self) -> tuple[SlotInfo, ...]:
        """What opens it."""
        with self._guard:
            if self._opened is not None:
                self._fresh()
            return tuple(slot.info for slot in self._header.slots)

    def unlock(self, secret: SlotSecret) -> None:
        """Open it; afterwards what a power cut left behind is put right.

        A wrong secret changes nothing, and takes as long as a right one.
        """
        found: list[Opener] = []

        def find(header: Header) -> Secret:
            opener, vmk = try_secret(header, secret, self._place.files)
            found.append(opener)
            return vmk

        with self._guard, disk_faults(self.folder):
            opened = load(self._place, find)
            self.lock()
            self._opener = found[-1]
            self._look_at(opened)
            self._put_right(opened)

    def lock(self) -> None:
        """Forget all keys."""
        with self._guard:
            if self._opened is not None:
                self._opened.wipe()
            if self._opener is not None:
                self._opener.private.wipe()
            self._opened = self._opener = None

    def subkey(self, use: str) -> bytes:
        """A key for some other use; it stays the same for the life of the vault."""
        with self._guard:
            opened = self._fresh()
            return derive(opened.catalogue.root.view(), f"use.{use}", salt=self.vault_id.encode())

    def document(self) -> dict[str, Any]:
        """A copy of the caller's JSON, newest."""
        with self._guard:
            return copy.deepcopy(dict(self._fresh().catalogue.document))

    def voice_ids(self) -> frozenset[str]:
        """The voices that have a key and are not to stay dead."""
        with self._guard:
            opened = self._fresh()
            return frozenset(opened.catalogue.keys) - opened.buried

    def tombstones(self) -> frozenset[str]:
        """The voices that must stay dead, also when a backup still knows them."""
        with self._guard:
            return self._fresh().buried

    def parts(self, voice_id: str, kind: str | None = None) -> tuple[Part, ...]:
        """What there is of a voice, by kind and version; nothing of a dead one."""
        with self._guard:
            opened = self._fresh()
            if voice_id in opened.buried:
                return ()
            return sorted_parts(opened.catalogue.parts, voice_id, kind)

    def read(self, part: Part, permit: Permit) -> Payload:
        """The content of a part, for whoever has a permit for just this voice and consent."""
        _require(permit, part)
        with self._guard, disk_faults(self.folder):
            for _ in range(2):
                opened = self._fresh()
                _require_there(part, opened)
                with suppress(FileNotFoundError):
                    return load_part(self._place, opened, part)
            raise missing(part.file)

    def part_key(self, part: Part, permit: Permit, use: str) -> Secret:
        """A key for something else about a part, for whoever may read it.

        It comes from the voice's own key, and is gone for good when that is destroyed.
        """
        _require(permit, part)
        with self._guard:
            opened = self._fresh()
            _require_there(part, opened)
            key = opened.catalogue.keys.get(part.voice_id)
            if key is None:
                raise damaged(part.file, "it has no key")
            salt, context = self.vault_id.encode(), canonical(part.describe())
            return Secret(derive(key.view(), f"use.{use}", salt=salt, context=context))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Change the vault: all of the block or, when it raises, nothing.

        VaultBusyError when another writer does not end within two seconds.
        """
        with ExitStack() as stack:
            with disk_faults(self.folder):
                stack.enter_context(writing(self.folder))
                with self._guard:
                    opened = self._fresh()
                    draft = draft_after(opened)
                    stack.callback(draft.wipe)
                    sweep(self._place, dict(opened.header.files))
            self._know_key_file(draft)
            tx = Transaction(draft, self._place, opened)
            try:
                yield tx
            except BaseException:
                undo(draft, self._place)
                raise
            with disk_faults(self.folder):
                commit(draft, self._place)
                self._adopt(draft, tx.take_added())
                clean(draft, self._place)

    def rotate(self) -> None:
        """Give the vault a new key, so that older copies do not open it."""
        with self.transaction() as tx:
            tx.rotate()

    def add_slot(self, secret: SlotSecret) -> SlotInfo:
        """Let one more secret open it."""
        with self.transaction() as tx:
            return tx.add_slot(secret)

    def remove_slot(self, slot_id: str) -> None:
        """Let a secret no longer open it; the last one stays."""
        with self.transaction() as tx:
            tx.remove_slot(slot_id)

    def change_passphrase(self, new: Passphrase) -> SlotInfo:
        """Put one passphrase in the place of all there are."""
        with self.transaction() as tx:
            old = [slot for slot in tx.slots() if slot.type is SlotType.PASSPHRASE]
            if len(tx.slots()) == MAX_SLOTS and old:
                tx.remove_slot(old.pop().id)
            added = tx.add_slot(new)
            for slot in old:
                tx.remove_slot(slot.id)
            return added

    def check(self) -> list[Finding]:
        """Verify every file and name each that is not as it should be; nothing is changed.

        While locked, what only the keys can tell is left out.
        """
        with self._guard, disk_faults(self.folder):
            with suppress(VaultDamagedError, NoVaultError, VaultLockedError):
                self._fresh()
            return check_vault(self._place, self._opened)

    def backup(
        self, out_path: Path, passphrase: Passphrase, *, extra: Mapping[str, bytes] = _NOTHING
    ) -> None:
        """Write all there is, and `extra`, into one file that the passphrase opens."""
        with self._guard, disk_faults(self.folder):
            for _ in range(2):
                opened = self._fresh()
                with suppress(FileNotFoundError):
                    contents = backup_contents(self._place, opened)
                    break
            else:
                raise VaultDamagedError("a file of the vault is missing", hint=CHECK_HINT)
            data = seal_backup(opened, contents, extra, passphrase)
        with disk_faults(out_path):
            self._place.files.write(out_path, data)

    @classmethod
    def restore(
        cls,
        folder: Path,
        backup: Backup,
        new_slots: Sequence[SlotSecret],
        *,
        dead: Collection[str] = (),
        files: Files = _DISK,
    ) -> "Store":
        """Make a vault of a backup, where there is none; it comes unlocked.

        Voices that are `dead`, or that the backup or an existing key file knows to be revoked,
        do not come back. A power cut leaves no vault or all of it.
        """
        place = Place(folder, files)
        with disk_faults(folder):
            draft, opener = restore_vault(place, backup, new_slots, frozenset(dead))
            return cls._of(place, draft, opener)

    def _fresh(self) -> Opened:
        """The newest generation, read again when anybody changed the vault."""
        if self._opened is None or self._opener is None:
            raise VaultLockedError("the vault is locked", hint=_UNLOCK_HINT)
        if self.stamp() == self._opened.stamp:
            return self._opened
        with disk_faults(self.folder):
            opened = load(self._place, self._find_again)
        self._look_at(opened)
        return opened

    def _find_again(self, header: Header) -> Secret:
        """The vault's key of a newer header; locks when it cannot be had."""
        if self._opened is None or self._opener is None:
            raise VaultLockedError("the vault is locked", hint=_UNLOCK_HINT)
        if header.is_signed_by(self._opened.vmk):
            return self._opened.vmk.copy()
        again = try_again(header, self._opener, self._place.files)
        if again is None:
            self.lock()
            raise VaultLockedError("the vault got a new key elsewhere", hint=_UNLOCK_HINT)
        opener, vmk = again
        if opener is not self._opener:
            self._opener.private.wipe()
            self._opener = opener
        return vmk

    def _look_at(self, opened: Opened) -> None:
        if self._opened is not None:
            if opened.header.generation < self._opened.header.generation:
                opened.wipe()
                raise VaultDamagedError(
                    f"{HEADER_NAME} of the vault is older than it was", reason="rolled_back"
                )
            self._opened.wipe()
        self._header, self._opened = opened.header, opened

    def _adopt(self, draft: Draft, added: dict[str, Secret]) -> None:
        """Go on with what was committed."""
        with self._guard:
            if self._opened is None or self._opener is None:
                return
            self._look_at(load(self._place, lambda _header: draft.vmk.copy()))
            if self._opener.slot_id not in draft.keyholes and added:
                self._opener.private.wipe()
                slot_id, private = next(iter(added.items()))
                self._opener = Opener(slot_id, private)

    def _know_key_file(self, draft: Draft) -> None:
        """Remember where the key file is that opened the vault, if it has moved."""
        opener = self._opener
        if opener is None or not isinstance(opener.source, KeyFile):
            return
        keyhole = draft.keyholes.get(opener.slot_id)
        if keyhole is not None:
            path = os.path.abspath(opener.source.path)  # noqa: PTH100 - links stay as they are
            record = replace(keyhole.record, path=path)
            draft.keyholes[opener.slot_id] = Keyhole(keyhole.slot, record)

    def _put_right(self, opened: Opened) -> None:
        """Remove what a power cut left behind, if nobody is writing and we may write."""
        with suppress(OSError, VaultBusyError, VaultError), writing(self.folder, patience_s=0):
            if self.stamp() != opened.stamp:
                return
            sweep(self._place, dict(opened.header.files))
            slots = opened.catalogue.slots
            keyholes = [Keyhole(slot, slots[slot.info.id]) for slot in opened.header.slots]
            settle_key_files(keyholes, self.vault_id, opened.buried, self._place.files)
            forget_secrets(opened.catalogue.retired, self.vault_id, self._place.files)


def _require(permit: Permit, part: Part) -> None:
    if (permit.voice_id, permit.consent_id) != (part.voice_id, part.consent_id):
        raise ConsentRefusedError(
            "this use of the voice is not what was consented to", reason="wrong_permit"
        )


def _require_there(part: Part, opened: Opened) -> None:
    if part.voice_id in opened.buried or part not in opened.catalogue.parts:
        raise VoiceNotFoundError("this part is no longer in the vault")
