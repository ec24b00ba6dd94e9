"""Sealed parts: one file each, bound to vault, voice, kind, version and consent."""

import os
import secrets
import struct
from dataclasses import dataclass
from typing import Any

from voices.durable import Data
from voices.errors import VaultDamagedError
from voices.payload import Payload
from voices.vault.crypto import SALT_BYTES, BadSealError, derive
from voices.vault.encoding import decode, encode
from voices.vault.faults import RESTORE_HINT, content_of, damaged
from voices.vault.fields import Fields, MalformedError, canonical, parse
from voices.vault.header import PARTS_FOLDER, is_part
from voices.vault.secret import Secret, wipe
from voices.vault.stream import CHUNK_BYTES, open_stream, seal_stream

MAX_PART_BYTES = 300 << 20
MAX_VERSION = 2**31
_MAGIC = b"HVV1"
_START = struct.Struct(">4sH")
_FORMAT = "hubvoice-part"


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed thing of a voice; `kind` says what it is, `file` where it lies."""

    voice_id: str
    kind: str
    version: int
    consent_id: str
    file: str

    def describe(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "voice_id": self.voice_id,
            "kind": self.kind,
            "version": self.version,
            "consent_id": self.consent_id,
            "file": self.file,
        }


def new_id() -> str:
    """A random id for a voice or a consent."""
    return secrets.token_hex(16)


def new_part_name() -> str:
    """A file name that tells nothing."""
    return f"{PARTS_FOLDER}/{secrets.token_hex(16)}.hvv"


def read_part(content: object) -> Part:
    """The part that `describe` wrote."""
    fields = Fields(content)
    if not is_part(fields.text("file")):
        raise MalformedError("not the name of a part")
    return Part(
        fields.identity("voice_id"),
        fields.word("kind"),
        fields.number("version", 1, MAX_VERSION),
        fields.identity("consent_id"),
        fields.text("file"),
    )


def seal_part(payload: Payload, part: Part, vault_id: str, key: Secret) -> bytearray:
    """The content of the part's file; MalformedError for a payload that cannot be kept."""
    salt = os.urandom(SALT_BYTES)
    head = canonical(
        {
            **part.describe(),
            "fmt": _FORMAT,
            "v": 1,
            "vault_id": vault_id,
            "kid": _key_id(key),
            "chunk": CHUNK_BYTES,
            "salt": salt.hex(),
        }
    )
    start = _START.pack(_MAGIC, len(head)) + head
    plain = encode(payload)
    try:
        return bytearray(start) + seal_stream(
            derive(key.view(), "part", salt=salt), plain, header=start
        )
    finally:
        wipe(plain)


def open_part(data: bytes, part: Part, vault_id: str, key: Secret) -> Payload:
    """The payload; VaultDamagedError names the file when it is not exactly that part."""
    with content_of(part.file):
        head, body = _split(data)
        fields = Fields(parse(head))
        _refuse_foreign(fields, part, vault_id)
        salt = fields.raw("salt", SALT_BYTES)
        plain = _unsealed(data, body, derive(key.view(), "part", salt=salt), part.file)
        try:
            return decode(plain)
        finally:
            wipe(plain)


def _unsealed(data: Data, body: int, key: bytes, name: str) -> bytearray:
    view = memoryview(data)
    try:
        return open_stream(key, view[body:], header=bytes(view[:body]))
    except BadSealError as error:
        raise damaged(name, str(error)) from error


def _split(data: bytes) -> tuple[bytes, int]:
    """The header and where the body begins."""
    if len(data) < _START.size:
        raise MalformedError("too short")
    magic, size = _START.unpack_from(data)
    body = _START.size + size
    if magic != _MAGIC or body > len(data):
        raise MalformedError("not a sealed part")
    return data[_START.size : body], body


def _refuse_foreign(fields: Fields, part: Part, vault_id: str) -> None:
    """Say whose it is when it is a part, but not this one."""
    fields.text("fmt", only=_FORMAT)
    found = read_part({name: fields.peek(name) for name in part.describe()})
    if fields.identity("vault_id") != vault_id:
        raise _foreign(part.file, "it is of another vault")
    if found.file != part.file:
        raise _foreign(part.file, f"it is what belongs into {found.file}")
    if found.consent_id != part.consent_id:
        raise _foreign(part.file, "it is sealed under another consent")
    if found != part:
        raise _foreign(part.file, "it is another part")


def _foreign(name: str, why: str) -> VaultDamagedError:
    return VaultDamagedError(
        f"{name} of the vault does not belong there: {why}", hint=RESTORE_HINT, reason="foreign"
    )


def _key_id(key: Secret) -> str:
    return derive(key.view(), "kid", salt=b"")[:8].hex()
