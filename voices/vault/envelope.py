"""A file that only its passphrase opens: a clear head that says how, then sealed chunks."""

import struct
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from voices.errors import WrongSecretError
from voices.vault.crypto import derive
from voices.vault.fields import Fields, MalformedError, canonical, parse
from voices.vault.slots import Passphrase, stretch
from voices.vault.stream import open_stream, seal_stream

_START = struct.Struct(">4sH")


def seal(
    plain: bytes | bytearray | memoryview,
    passphrase: Passphrase,
    *,
    magic: bytes,
    head: Mapping[str, Any],
) -> bytearray:
    """The content of a file; `magic` (4 bytes) and `head` are readable and cannot be changed."""
    kdf = passphrase.new_kdf()
    key = _key(passphrase, kdf, magic)
    described = {**head, "kdf": kdf, "kid": _key_id(key)}
    written = canonical({**described, "sum": _sum(described)})
    start = _START.pack(magic, len(written)) + written
    return bytearray(start) + seal_stream(key, plain, header=start)


def unseal(data: bytes, passphrase: Passphrase, *, magic: bytes) -> tuple[Fields, bytearray]:
    """What `seal` took: head and plain bytes, which are the caller's to wipe.

    Raises `MalformedError` or `BadSealError` for anything else, `WrongSecretError` for another
    passphrase.
    """
    if len(data) < _START.size:
        raise MalformedError("too short")
    found, size = _START.unpack_from(data)
    body = _START.size + size
    if found != magic or body > len(data):
        raise MalformedError("something else")
    head = parse(data[_START.size : body])
    if head.pop("sum", None) != _sum(head):
        raise MalformedError("the checksum is wrong")
    fields = Fields(head)
    key = _key(passphrase, fields.mapping("kdf"), magic)
    if _key_id(key) != fields.text("kid"):
        raise WrongSecretError("wrong passphrase for this file: nothing was opened")
    return fields, open_stream(key, memoryview(data)[body:], header=data[:body])


def _key(passphrase: Passphrase, kdf: Mapping[str, Any], magic: bytes) -> bytes:
    return derive(stretch(passphrase.text, kdf), "envelope", salt=magic)


def _key_id(key: bytes) -> str:
    return derive(key, "kid", salt=b"")[:8].hex()


def _sum(head: object) -> str:
    return sha256(canonical(head)).hexdigest()
