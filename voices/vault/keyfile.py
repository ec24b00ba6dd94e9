"""The key file: secrets that open vaults, and the voices that must stay dead.

It lives outside of the vault's folder. While the vault's key is changed it holds the old secret
and the new one; the one that opens the committed vault is found by trying. Its tombstones
outlive the vault, so that an older backup never brings a revoked voice back.
"""

import stat
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from voices.durable import Files, leftovers, rightful_owner
from voices.errors import VaultError, WrongSecretError
from voices.vault.fields import Fields, MalformedError, canonical, checked_id, parse

SECRET_BYTES = 32
MAX_KEY_FILE_BYTES = 8 << 20
_MAX_SECRETS = 64
_MAX_TOMBSTONES = 100_000
_FORMAT = "hubvoice-key"


@dataclass(frozen=True, slots=True)
class KeyFileContent:
    """What a key file holds: secrets, each with the vault it opens, and tombstones."""

    secrets: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    tombstones: frozenset[str] = frozenset()

    def of(self, vault_id: str) -> tuple[bytes, ...]:
        """The secrets of one vault."""
        return tuple(secret for vault, secret in self.secrets if vault == vault_id)

    def having(self, vault_id: str, secrets: Collection[bytes]) -> "KeyFileContent":
        """The same with exactly these secrets of one vault."""
        others = tuple(pair for pair in self.secrets if pair[0] != vault_id)
        own = tuple((vault_id, secret) for secret in secrets)
        return replace(self, secrets=(*others, *own)[-_MAX_SECRETS:])

    def burying(self, voice_ids: Collection[str]) -> "KeyFileContent":
        """The same with more tombstones."""
        return replace(self, tombstones=self.tombstones | frozenset(voice_ids))


def read_key_file(path: Path, files: Files) -> KeyFileContent:
    """The content; refused when anybody else could read or replace it."""
    try:
        _refuse_shared(path)
        data = files.read(path, MAX_KEY_FILE_BYTES)
    except FileNotFoundError as error:
        raise WrongSecretError(
            f"there is no key file {path}",
            hint="name the one this vault was made with, or use the recovery code",
            reason="no_key_file",
        ) from error
    try:
        return _content(data)
    except MalformedError as error:
        raise VaultError(
            f"{path} is no key file or is damaged",
            hint="unlock with the passphrase or the recovery code",
            reason="key_file_damaged",
        ) from error


def write_key_file(path: Path, content: KeyFileContent, files: Files) -> None:
    """Replace the key file as a whole; the folder is made when missing."""
    body = {
        "fmt": _FORMAT,
        "v": 1,
        "secrets": [{"vault": vault, "secret": secret.hex()} for vault, secret in content.secrets],
        "tombstones": sorted(content.tombstones),
    }
    files.make_folder(path.parent)
    files.write(path, canonical({**body, "sum": _sum(body)}) + b"\n")


def sweep_key_file(path: Path, files: Files) -> None:
    """Remove what power cuts left beside it: those files hold secrets."""
    for leftover in leftovers(path, files):
        files.remove(leftover)


def _refuse_shared(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise _unsafe(path, "is a link or no plain file", "name the file itself")
    if found.st_mode & 0o077:
        raise _unsafe(path, "can be read by others", f"chmod 600 {path}")
    if found.st_uid != rightful_owner(path):
        raise _unsafe(path, "belongs to somebody else", f"chown it to uid {rightful_owner(path)}")


def _unsafe(path: Path, why: str, hint: str) -> VaultError:
    return VaultError(f"key file {path} {why}", hint=hint, reason="unsafe_key_file")


def _content(data: bytes) -> KeyFileContent:
    body = parse(data)
    fields = Fields(body)
    fields.text("fmt", only=_FORMAT)
    fields.number("v", 1, 1)
    written = body.pop("sum", None)
    if written != _sum(body) or canonical({**body, "sum": written}) + b"\n" != data:
        raise MalformedError("the checksum is wrong")
    pairs = [Fields(item) for item in fields.items("secrets", _MAX_SECRETS)]
    stones = fields.items("tombstones", _MAX_TOMBSTONES)
    return KeyFileContent(
        tuple((pair.identity("vault"), pair.raw("secret", SECRET_BYTES)) for pair in pairs),
        frozenset(checked_id(stone) for stone in stones),
    )


def _sum(body: object) -> str:
    return sha256(canonical(body)).hexdigest()
