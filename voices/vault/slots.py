"""Slots: each holds the vault's key, sealed for one secret; any one of them opens the vault.

From the secret a private key is derived, and the vault's key is sealed to the public half. The
public halves are kept, encrypted, in the catalogue: so a new vault key can be given to every
slot without asking for a passphrase, and whoever opens today's vault still learns nothing that
opens an older copy of it.
"""

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from voices.durable import Files
from voices.errors import VaultError, WrongSecretError
from voices.vault.crypto import KEY_BYTES, derive, seal_to, unseal_from
from voices.vault.faults import disk_faults
from voices.vault.fields import Fields, MalformedError, canonical
from voices.vault.keyfile import read_key_file
from voices.vault.recovery import CODE_BYTES, read_code, write_code

MAX_SLOTS = 8
MIN_PASSPHRASE_CHARACTERS = 8
MAX_PASSPHRASE_CHARACTERS = 1024
MIN_CREDENTIAL_BYTES = 16
MAX_CREDENTIAL_BYTES = 4096
_SALT_BYTES = 32
# 2^20 with r=8 takes 1 GiB: more would only stop a hub from working.
_MAX_LOG_N, _MAX_R, _MAX_P = 20, 8, 4


class SlotType(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind of slot
    KEYFILE = "keyfile"
    CREDENTIAL = "credential"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """One way to open the vault."""

    id: str
    type: SlotType


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """How much work one guess of a passphrase is: 2^16 takes 64 MiB and about 0.15 s.

    Less than 2^`least` is refused.
    """

    log_n: int = 16
    r: int = 8
    p: int = 1
    least: int = 14

    def __post_init__(self) -> None:
        if not max(1, self.least) <= self.log_n <= _MAX_LOG_N:
            raise VaultError(f"scrypt needs from 2^{self.least} to 2^{_MAX_LOG_N}")

    def describe(self, salt: bytes) -> dict[str, Any]:
        """As it is written beside what it protects."""
        cost = {"log_n": self.log_n, "r": self.r, "p": self.p}
        return {"name": "scrypt", "salt": salt.hex(), **cost}


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Words that somebody knows."""

    text: str = field(repr=False)
    cost: ScryptCost = ScryptCost()

    @property
    def type(self) -> SlotType:
        """What kind of slot this opens."""
        return SlotType.PASSPHRASE

    def new_kdf(self) -> dict[str, Any]:
        """How a new slot derives its key; refuses what is easily guessed."""
        if len(self.text) < MIN_PASSPHRASE_CHARACTERS:
            raise VaultError(
                f"a passphrase needs at least {MIN_PASSPHRASE_CHARACTERS} characters",
                hint="five or six words that nobody would guess are best",
                reason="weak_passphrase",
            )
        return self.cost.describe(os.urandom(_SALT_BYTES))

    def keys(self, kdf: Mapping[str, Any], vault_id: str, files: Files) -> Iterator[bytes]:
        """The private key this gives with a slot's parameters."""
        del vault_id, files
        yield stretch(self.text, kdf)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file that only the agent's user can read, outside of the vault's folder."""

    path: Path

    @property
    def type(self) -> SlotType:
        """What kind of slot this opens."""
        return SlotType.KEYFILE

    def new_kdf(self) -> dict[str, Any]:
        """How a new slot derives its key."""
        return _plain_kdf()

    def keys(self, kdf: Mapping[str, Any], vault_id: str, files: Files) -> Iterator[bytes]:
        """The private keys of the file's secrets for this vault, newest first."""
        with disk_faults(self.path):
            content = read_key_file(self.path, files)
        for secret in reversed(content.of(vault_id)):
            yield slot_key(secret, kdf, self.type, vault_id)


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that systemd hands to the service (LoadCredentialEncrypted=)."""

    name: str
    folder: Path | None = None

    @property
    def type(self) -> SlotType:
        """What kind of slot this opens."""
        return SlotType.CREDENTIAL

    def new_kdf(self) -> dict[str, Any]:
        """How a new slot derives its key."""
        return _plain_kdf()

    def keys(self, kdf: Mapping[str, Any], vault_id: str, files: Files) -> Iterator[bytes]:
        """The private key of the credential."""
        yield slot_key(self._read(files), kdf, self.type, vault_id)

    def _read(self, files: Files) -> bytes:
        folder = self.folder or Path(os.environ.get("CREDENTIALS_DIRECTORY", ""))
        if not folder.is_absolute() or "/" in self.name or not (folder / self.name).is_file():
            raise WrongSecretError(
                f"systemd gave no credential {self.name!r}",
                hint=f"add LoadCredentialEncrypted={self.name} to the service",
                reason="no_credential",
            )
        with disk_faults(folder):
            data = files.read(folder / self.name, MAX_CREDENTIAL_BYTES)
        if len(data) < MIN_CREDENTIAL_BYTES:
            raise WrongSecretError(f"credential {self.name!r} is too short to be a secret")
        return data


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """A printed code; one that is mistyped is refused at once."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        read_code(self.text)

    @classmethod
    def generate(cls) -> "RecoveryCode":
        """A new code; `text` is what to print."""
        return cls(write_code(os.urandom(CODE_BYTES)))

    @property
    def type(self) -> SlotType:
        """What kind of slot this opens."""
        return SlotType.RECOVERY

    def new_kdf(self) -> dict[str, Any]:
        """How a new slot derives its key."""
        return _plain_kdf()

    def keys(self, kdf: Mapping[str, Any], vault_id: str, files: Files) -> Iterator[bytes]:
        """The private key of the code."""
        del files
        yield slot_key(read_code(self.text), kdf, self.type, vault_id)


SlotSecret = Passphrase | KeyFile | Credential | RecoveryCode


@dataclass(frozen=True, slots=True)
class Slot:
    """The vault's key, sealed for one secret."""

    info: SlotInfo
    kdf: Mapping[str, Any]
    sealed: bytes = field(default=b"", repr=False)

    def bound(self, vault_id: str) -> bytes:
        """What the sealed key is bound to."""
        return canonical(
            {
                "use": "hubvoice-slot/1",
                "vault_id": vault_id,
                "id": self.info.id,
                "type": self.info.type,
                "kdf": self.kdf,
            }
        )

    def holding(self, vmk: memoryview, public: bytes, vault_id: str) -> "Slot":
        """The same slot with this vault key in it."""
        return Slot(self.info, self.kdf, seal_to(public, vmk, bound=self.bound(vault_id)))

    def opened(self, private: bytes | memoryview, vault_id: str) -> bytes:
        """The vault's key; BadSealError when this private key is not the slot's."""
        return unseal_from(private, self.sealed, bound=self.bound(vault_id))

    def describe(self) -> dict[str, Any]:
        """As it is written in the header."""
        sealed = self.sealed.hex()
        return {"id": self.info.id, "type": self.info.type, "kdf": self.kdf, "sealed": sealed}


def read_slot(content: object) -> Slot:
    """The slot that `describe` wrote."""
    fields = Fields(content)
    if fields.text("type") not in list(SlotType):
        raise MalformedError("a slot of unknown type")
    info = SlotInfo(fields.identity("id"), SlotType(fields.text("type")))
    kdf = fields.mapping("kdf")
    expected = "scrypt" if info.type is SlotType.PASSPHRASE else "hkdf-sha256"
    Fields(kdf).text("name", only=expected)
    return Slot(info, kdf, fields.raw("sealed"))


def stretch(passphrase: str, kdf: Mapping[str, Any]) -> bytes:
    """The key of a passphrase; parameters that would take all memory are refused."""
    fields = Fields(dict(kdf))
    fields.text("name", only="scrypt")
    log_n = fields.number("log_n", 1, _MAX_LOG_N)
    r, p = fields.number("r", 1, _MAX_R), fields.number("p", 1, _MAX_P)
    if len(passphrase) > MAX_PASSPHRASE_CHARACTERS:
        raise WrongSecretError(f"no passphrase has over {MAX_PASSPHRASE_CHARACTERS} characters")
    try:
        words = unicodedata.normalize("NFKC", passphrase).encode()
        return Scrypt(fields.raw("salt", _SALT_BYTES), KEY_BYTES, 1 << log_n, r, p).derive(words)
    except MemoryError as error:
        raise VaultError("too little memory to try the passphrase", reason="no_memory") from error
    except UnicodeEncodeError as error:
        raise WrongSecretError("the passphrase is no text") from error


def slot_key(secret: bytes, kdf: Mapping[str, Any], kind: SlotType, vault_id: str) -> bytes:
    """The private key of a secret that nobody could guess."""
    salt = Fields(dict(kdf)).raw("salt", _SALT_BYTES)
    return derive(secret, f"slot.{kind}", salt=salt, context=vault_id.encode())


def _plain_kdf() -> dict[str, Any]:
    return {"name": "hkdf-sha256", "salt": os.urandom(_SALT_BYTES).hex()}
