"""Putting a new vault key into all slots, and keeping key files in step with what is committed."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from voices.durable import Files
from voices.errors import VaultError
from voices.vault.catalogue import SlotRecord
from voices.vault.crypto import public_half
from voices.vault.keyfile import (
    SECRET_BYTES,
    KeyFileContent,
    read_key_file,
    sweep_key_file,
    write_key_file,
)
from voices.vault.secret import Secret
from voices.vault.slots import KeyFile, Slot, SlotInfo, SlotSecret, SlotType, slot_key


@dataclass(frozen=True, slots=True)
class Keyhole:
    """A slot with what must be known to fill it."""

    slot: Slot
    record: SlotRecord

    @property
    def info(self) -> SlotInfo:
        """Which one it is."""
        return self.slot.info

    def filled(self, vmk: Secret, vault_id: str) -> "Keyhole":
        """The same with this vault key in it."""
        return replace(self, slot=self.slot.holding(vmk.view(), self.record.public, vault_id))


def new_keyhole(
    secret: SlotSecret, slot_id: str, vault_id: str, files: Files
) -> tuple[Keyhole, Secret]:
    """An empty slot for a secret, and its private key; a key file gets one secret more."""
    slot = Slot(SlotInfo(slot_id, secret.type), secret.new_kdf())
    if isinstance(secret, KeyFile):
        path = Path(os.path.abspath(secret.path))  # noqa: PTH100 - links must stay as they are
        private = _add_secret(path, slot, vault_id, files)
        return Keyhole(slot, SlotRecord(public_half(private), str(path))), Secret(private)
    private = next(secret.keys(slot.kdf, vault_id, files))
    return Keyhole(slot, SlotRecord(public_half(private))), Secret(private)


def renewed(keyhole: Keyhole, vault_id: str, files: Files) -> Keyhole | None:
    """The same with a fresh secret in its key file; nothing when it has none within reach."""
    if keyhole.record.path is None:
        return None
    path = Path(keyhole.record.path)
    try:
        read_key_file(path, files)
        private = _add_secret(path, keyhole.slot, vault_id, files)
    except (OSError, VaultError):
        return None
    return Keyhole(keyhole.slot, replace(keyhole.record, public=public_half(private)))


def settle_key_files(
    keyholes: list[Keyhole], vault_id: str, buried: frozenset[str], files: Files
) -> None:
    """Leave in each key file only the secret that opens the vault; write the tombstones."""
    for keyhole in keyholes:
        if keyhole.record.path is not None:
            with suppress(VaultError):
                _settle(keyhole, Path(keyhole.record.path), vault_id, buried, files)


def forget_secrets(paths: Iterable[str], vault_id: str, files: Files) -> None:
    """Take the secrets of a vault out of key files that no longer open it."""
    for path in map(Path, paths):
        with suppress(VaultError):
            found = read_key_file(path, files)
            if found.of(vault_id):
                write_key_file(path, found.having(vault_id, ()), files)
            sweep_key_file(path, files)


def _settle(
    keyhole: Keyhole, path: Path, vault_id: str, buried: frozenset[str], files: Files
) -> None:
    found = read_key_file(path, files)
    valid = tuple(_valid(keyhole, found, vault_id))
    # Without a valid one this may be an old copy of the vault: the newer one's secret stays.
    wanted = (found.having(vault_id, valid) if valid else found).burying(buried)
    if set(wanted.secrets) != set(found.secrets) or wanted.tombstones != found.tombstones:
        write_key_file(path, wanted, files)
    sweep_key_file(path, files)


def _valid(keyhole: Keyhole, found: KeyFileContent, vault_id: str) -> Iterator[bytes]:
    for secret in found.of(vault_id):
        private = slot_key(secret, keyhole.slot.kdf, SlotType.KEYFILE, vault_id)
        if public_half(private) == keyhole.record.public:
            yield secret


def _add_secret(path: Path, slot: Slot, vault_id: str, files: Files) -> bytes:
    """Add a fresh secret to a key file; the private key it gives."""
    content = _content_or_new(path, files)
    secret = os.urandom(SECRET_BYTES)
    write_key_file(path, content.having(vault_id, (*content.of(vault_id), secret)), files)
    return slot_key(secret, slot.kdf, SlotType.KEYFILE, vault_id)


def _content_or_new(path: Path, files: Files) -> KeyFileContent:
    if not os.path.lexists(path):
        return KeyFileContent()
    return read_key_file(path, files)
