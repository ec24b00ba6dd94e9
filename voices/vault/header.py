"""`vault.json`: which generation is valid, which files belong to it, and the slots.

Replacing this file is what commits a change. Nothing in it is secret or personal. A checksum
tells damage even while the vault is locked; the key tells whether it was made by us.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from voices.vault.crypto import derive, mac, same
from voices.vault.faults import content_of, damaged
from voices.vault.fields import Fields, MalformedError, canonical, parse
from voices.vault.secret import Secret
from voices.vault.slots import MAX_SLOTS, Slot, read_slot

HEADER_NAME = "vault.json"
PARTS_FOLDER = "voices"
MAX_HEADER_BYTES = 8 << 20
_FORMAT = "hubvoice-vault"
_MAX_GENERATION = 2**63 - 1
_CATALOGUE = re.compile(r"keys-[1-9][0-9]{0,18}\.bin")
_PART = re.compile(rf"{PARTS_FOLDER}/[0-9a-f]{{32}}\.hvv")
_SUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Header:
    """One generation of the vault. `files` are names with the SHA-256 of their content."""

    vault_id: str
    generation: int
    slots: tuple[Slot, ...]
    files: Mapping[str, str]
    mac: str = ""

    def signed(self, vmk: Secret) -> "Header":
        """The same, vouched for by the vault's key."""
        return Header(self.vault_id, self.generation, self.slots, self.files, self._mac(vmk))

    def is_signed_by(self, vmk: Secret) -> bool:
        """Whether somebody who had the vault's key wrote it."""
        return same(self.mac, self._mac(vmk))

    def to_bytes(self) -> bytes:
        """The content of the file."""
        body = {**self._body(), "mac": self.mac}
        return canonical({**body, "sum": _sum(body)}) + b"\n"

    def _mac(self, vmk: Secret) -> str:
        key = derive(vmk.view(), "mac.header", salt=self.vault_id.encode())
        return mac(key, canonical(self._body()))

    def _body(self) -> dict[str, Any]:
        return {
            "fmt": _FORMAT,
            "v": 1,
            "aead": "AES-256-GCM",
            "vault_id": self.vault_id,
            "gen": self.generation,
            "slots": [slot.describe() for slot in self.slots],
            "files": dict(self.files),
        }


def catalogue_name(generation: int) -> str:
    """The catalogue of one generation."""
    return f"keys-{generation}.bin"


def is_ours(name: str) -> bool:
    """Whether a file of this name is one that the vault writes."""
    return bool(_CATALOGUE.fullmatch(name) or _PART.fullmatch(name))


def is_part(name: str) -> bool:
    """Whether a file of this name holds a sealed part."""
    return bool(_PART.fullmatch(name))


def read_header(data: bytes) -> Header:
    """The header; VaultDamagedError when a single bit is not as it was written."""
    with content_of(HEADER_NAME):
        body = parse(data)
        fields = Fields(body)
        header = Header(
            fields.identity("vault_id"),
            fields.number("gen", 1, _MAX_GENERATION),
            tuple(read_slot(item) for item in fields.items("slots", MAX_SLOTS)),
            _files(fields.mapping("files")),
            fields.text("mac"),
        )
        if not header.slots or catalogue_name(header.generation) not in header.files:
            raise MalformedError("it names no slot or no catalogue")
        is_same = header.to_bytes() == data
    if not is_same:
        raise damaged(HEADER_NAME, "the checksum is wrong or its version is not known")
    return header


def digest(data: bytes | bytearray) -> str:
    """The checksum by which the header names a file's content."""
    return sha256(data).hexdigest()


def _files(files: dict[str, Any]) -> dict[str, str]:
    for name, value in files.items():
        if not is_ours(name) or not isinstance(value, str) or not _SUM.fullmatch(value):
            raise MalformedError("it names a file that is not the vault's")
    return files


def _sum(body: object) -> str:
    return sha256(canonical(body)).hexdigest()
