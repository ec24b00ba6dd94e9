"""Reading the vault from its folder, also while another process changes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from voices.durable import Files
from voices.errors import NoVaultError, VaultDamagedError, VaultError, WrongSecretError
from voices.payload import Payload
from voices.vault.catalogue import MAX_CATALOGUE_BYTES, Catalogue, open_catalogue
from voices.vault.crypto import BadSealError
from voices.vault.faults import content_of, damaged, missing
from voices.vault.header import (
    HEADER_NAME,
    MAX_HEADER_BYTES,
    PARTS_FOLDER,
    Header,
    catalogue_name,
    digest,
    is_part,
    read_header,
)
from voices.vault.keyfile import read_key_file
from voices.vault.parts import MAX_PART_BYTES, Part, open_part
from voices.vault.secret import Secret
from voices.vault.slots import Credential, KeyFile, Slot, SlotSecret

Stamp = tuple[int, int, int]
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A vault's folder and how files are written there."""

    folder: Path
    files: Files

    @property
    def header(self) -> Path:
        """The file whose replacement commits a change."""
        return self.path(HEADER_NAME)

    def path(self, name: str) -> Path:
        """Where a file of the vault lies."""
        return self.folder / name


@dataclass(frozen=True, slots=True)
class Opener:
    """What opened the vault: the slot and its private key, and where to read that again."""

    slot_id: str
    private: Secret
    source: KeyFile | Credential | None = field(default=None, repr=False)

    @classmethod
    def of(cls, slot_id: str, private: Secret, secret: SlotSecret) -> "Opener":
        """What was opened with a secret; words that somebody typed are not kept."""
        source = secret if isinstance(secret, KeyFile | Credential) else None
        return cls(slot_id, private, source)


@dataclass(frozen=True, slots=True)
class Opened:
    """One generation of the vault, decrypted."""

    stamp: Stamp
    header: Header
    vmk: Secret
    catalogue: Catalogue
    buried: frozenset[str]

    def wipe(self) -> None:
        """Overwrite the keys."""
        self.vmk.wipe()
        self.catalogue.wipe()


def stamp_of(header: Path) -> Stamp:
    """A token that changes with every commit, which replaces this file."""
    try:
        found = header.lstat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def load_header(place: Place) -> Header:
    """The header of the generation that is valid now."""
    try:
        return read_header(place.files.read(place.path(HEADER_NAME), MAX_HEADER_BYTES))
    except FileNotFoundError as error:
        if sealed_names(place):
            raise missing(HEADER_NAME) from error
        raise NoVaultError(
            f"there is no vault in {place.folder}", hint="hub-agent vault init"
        ) from error


def sealed_names(place: Place) -> list[str]:
    """The names of all files that look like sealed parts."""
    try:
        names = place.files.names(place.path(PARTS_FOLDER))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in (f"{PARTS_FOLDER}/{name}" for name in names) if is_part(name)]


def load(place: Place, find_key: Callable[[Header], Secret]) -> Opened:
    """The newest generation; `find_key` gives the vault's key that belongs to a header."""
    for _ in range(_ATTEMPTS):
        stamp = stamp_of(place.header)
        header = load_header(place)
        vmk = find_key(header)
        if not header.is_signed_by(vmk):
            raise damaged(HEADER_NAME, "it was not written by this vault")
        try:
            catalogue = load_catalogue(place, header, vmk)
        except FileNotFoundError:
            if stamp_of(place.header) == stamp:
                raise missing(catalogue_name(header.generation)) from None
            continue
        return Opened(stamp, header, vmk, catalogue, tombstones(catalogue, place.files))
    raise VaultError("the vault changes all the time", hint="try again", reason="vault_busy")


def load_catalogue(place: Place, header: Header, vmk: Secret) -> Catalogue:
    """The catalogue that belongs to a header; FileNotFoundError when it is not there."""
    name = catalogue_name(header.generation)
    data = place.files.read(place.path(name), MAX_CATALOGUE_BYTES)
    catalogue = open_catalogue(data, header.vault_id, header.generation, vmk)
    if digest(data) != header.files[name]:
        raise damaged(name, "the checksum is wrong")
    return catalogue


def load_part(place: Place, opened: Opened, part: Part) -> Payload:
    """The content of a part of that generation; FileNotFoundError when its file is gone."""
    data = place.files.read(place.path(part.file), MAX_PART_BYTES)
    key = opened.catalogue.keys.get(part.voice_id)
    if key is None:
        raise damaged(part.file, "it has no key")
    payload = open_part(data, part, opened.header.vault_id, key)
    if digest(data) != opened.header.files.get(part.file):
        raise damaged(part.file, "the checksum is wrong")
    return payload


def tombstones(catalogue: Catalogue, files: Files) -> frozenset[str]:
    """The voices that must stay dead, as far as catalogue and reachable key files know."""
    buried = catalogue.tombstones
    for record in catalogue.slots.values():
        if record.path is not None:
            try:
                buried |= read_key_file(Path(record.path), files).tombstones
            except (OSError, VaultError):
                continue
    return buried


def try_secret(header: Header, secret: SlotSecret, files: Files) -> tuple[Opener, Secret]:
    """The vault's key and what opened it; WrongSecretError when no slot does."""
    slots = [slot for slot in header.slots if slot.info.type is secret.type]
    if not slots:
        raise WrongSecretError(
            f"this vault is not opened by a {secret.type}",
            hint="it has: " + ", ".join(sorted({slot.info.type for slot in header.slots})),
            reason="no_such_slot",
        )
    for slot in slots:
        with content_of(HEADER_NAME):
            keys = list(secret.keys(slot.kdf, header.vault_id, files))
        for private in keys:
            vmk = try_slot(slot, private, header.vault_id)
            if vmk is not None:
                return Opener.of(slot.info.id, Secret(private), secret), vmk
    raise WrongSecretError(f"wrong {secret.type}: nothing was opened", hint=_WRONG[secret.type])


def try_slot(slot: Slot, private: bytes | memoryview, vault_id: str) -> Secret | None:
    """The vault's key, if this private key is the slot's."""
    try:
        return Secret(slot.opened(private, vault_id))
    except BadSealError:
        return None


def try_again(header: Header, opener: Opener, files: Files) -> tuple[Opener, Secret] | None:
    """The vault's key after somebody else changed it, without asking anybody."""
    for slot in header.slots:
        if slot.info.id == opener.slot_id:
            vmk = try_slot(slot, opener.private.view(), header.vault_id)
            if vmk is not None:
                return opener, vmk
    if opener.source is None:
        return None
    try:
        return try_secret(header, opener.source, files)
    except (WrongSecretError, VaultDamagedError):
        return None


_WRONG = {
    "passphrase": "mind capitals and spaces, or use the recovery code",
    "keyfile": "it may be an older copy, of it or of the vault; or use the recovery code",
    "credential": "it may be the one of another machine; or use the recovery code",
    "recovery": "each vault has its own code: is it the one of this vault?",
}
