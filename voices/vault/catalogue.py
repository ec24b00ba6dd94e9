"""The catalogue: the one small encrypted file with all keys and everything personal in words.

Its plaintext is a JSON part with a length before it, then the keys as raw bytes, so that they
are never text in memory, then zeros up to a round size, so that its size tells little.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from voices.vault.crypto import KEY_BYTES, BadSealError, seal, unseal
from voices.vault.faults import content_of, damaged
from voices.vault.fields import Fields, MalformedError, canonical, checked_id, parse
from voices.vault.header import catalogue_name
from voices.vault.parts import Part, read_part
from voices.vault.secret import Secret, wipe
from voices.vault.slots import MAX_SLOTS

MAX_CATALOGUE_BYTES = 32 << 20
_MAGIC = b"HVK1"
_START = struct.Struct(">4sQ")
_LENGTH = struct.Struct(">I")
_ROUND_BYTES = 512
_MAX_KEYS = 10_000
_MAX_PARTS = 100_000
_MAX_TOMBSTONES = 100_000


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """What must be known of a slot to put a new vault key into it."""

    public: bytes
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is known while the vault is unlocked.

    `retired` are key files that no longer open it and may still have to forget their secret.
    """

    document: Mapping[str, Any] = field(repr=False)
    root: Secret
    keys: Mapping[str, Secret] = field(repr=False)
    parts: tuple[Part, ...] = ()
    slots: Mapping[str, SlotRecord] = field(default_factory=dict, repr=False)
    tombstones: frozenset[str] = frozenset()
    retired: tuple[str, ...] = ()

    def wipe(self) -> None:
        """Overwrite the keys."""
        for key in (self.root, *self.keys.values()):
            key.wipe()

    def with_own_keys(self) -> "Catalogue":
        """The same with copies of the keys, wiped on their own."""
        keys = {voice_id: key.copy() for voice_id, key in self.keys.items()}
        return replace(self, root=self.root.copy(), keys=keys)


def pack(catalogue: Catalogue) -> bytearray:
    """The plaintext; wipe it after use."""
    head = canonical(
        {
            "document": catalogue.document,
            "keys": list(catalogue.keys),
            "parts": [part.describe() for part in catalogue.parts],
            "slots": {
                slot_id: {"public": record.public.hex(), "path": record.path}
                for slot_id, record in catalogue.slots.items()
            },
            "tombstones": sorted(catalogue.tombstones),
            "retired": list(catalogue.retired),
        }
    )
    plain = bytearray(_LENGTH.pack(len(head)) + head)
    for key in (catalogue.root, *catalogue.keys.values()):
        plain += key.view()
    plain += bytes(-len(plain) % _ROUND_BYTES)
    return plain


def unpack(plain: bytes | bytearray) -> Catalogue:
    """The catalogue of a plaintext; MalformedError for any other bytes."""
    if len(plain) < _LENGTH.size:
        raise MalformedError("too short")
    body = _LENGTH.size + _LENGTH.unpack_from(plain)[0]
    fields = Fields(parse(plain[_LENGTH.size : body]))
    names = [checked_id(name) for name in fields.items("keys", _MAX_KEYS)]
    if body + KEY_BYTES * (1 + len(names)) > len(plain):
        raise MalformedError("too short for its keys")
    places = [body + KEY_BYTES * index for index in range(1 + len(names))]
    root, *keys = (Secret(memoryview(plain)[place : place + KEY_BYTES]) for place in places)
    stones = fields.items("tombstones", _MAX_TOMBSTONES)
    return Catalogue(
        fields.mapping("document"),
        root,
        dict(zip(names, keys, strict=True)),
        tuple(read_part(item) for item in fields.items("parts", _MAX_PARTS)),
        {name: _record(item) for name, item in fields.mapping("slots").items()},
        frozenset(checked_id(stone) for stone in stones),
        tuple(str(path) for path in fields.items("retired", MAX_SLOTS)),
    )


def seal_catalogue(catalogue: Catalogue, vault_id: str, generation: int, vmk: Secret) -> bytes:
    """The content of the file of one generation."""
    plain = pack(catalogue)
    if len(plain) > MAX_CATALOGUE_BYTES - _ROUND_BYTES:
        raise MalformedError("too big")
    start = _START.pack(_MAGIC, generation)
    bound = start + vault_id.encode()
    try:
        return start + seal(vmk.view(), plain, use="kek.voices", bound=bound)
    finally:
        wipe(plain)


def open_catalogue(data: bytes, vault_id: str, generation: int, vmk: Secret) -> Catalogue:
    """What `seal_catalogue` was given; VaultDamagedError for another generation or any change."""
    name = catalogue_name(generation)
    start = _START.pack(_MAGIC, generation)
    if data[: _START.size] != start:
        is_other = len(data) > _START.size and data[:4] == _MAGIC
        raise damaged(name, "it is of another generation" if is_other else "not a catalogue")
    with content_of(name):
        try:
            bound = start + vault_id.encode()
            plain = unseal(vmk.view(), data[_START.size :], use="kek.voices", bound=bound)
        except BadSealError as error:
            raise damaged(name, str(error)) from error
        return unpack(plain)


def _record(content: object) -> SlotRecord:
    fields = Fields(content)
    path = None if fields.peek("path") is None else fields.text("path")
    return SlotRecord(fields.raw("public", KEY_BYTES), path)
