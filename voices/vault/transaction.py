"""What can be changed in the vault, all at once or not at all."""

import secrets
from typing import Any

from voices.errors import VaultError, VoiceNotFoundError
from voices.payload import Payload
from voices.vault.commit import Draft, write_file
from voices.vault.crypto import random_key
from voices.vault.faults import disk_faults, missing
from voices.vault.fields import MalformedError, checked_id, checked_word
from voices.vault.loading import Opened, Place, load_part
from voices.vault.parts import Part, new_part_name, seal_part
from voices.vault.rekey import new_keyhole
from voices.vault.secret import Secret
from voices.vault.slots import MAX_SLOTS, KeyFile, SlotInfo, SlotSecret


class Transaction:
    """Changes of the vault, valid together when the block of `Store.transaction` is left.

    `document` is changed in place. Until then nobody sees anything of it.
    """

    def __init__(self, draft: Draft, place: Place, opened: Opened | None = None) -> None:
        self._draft = draft
        self._place = place
        self._opened = opened
        self._added: dict[str, Secret] = {}
        for voice_id in draft.tombstones & set(draft.keys):
            self.destroy_key(voice_id)

    @property
    def document(self) -> dict[str, Any]:
        """The caller's JSON."""
        return self._draft.document

    @document.setter
    def document(self, content: dict[str, Any]) -> None:
        self._draft.document = content

    @property
    def generation(self) -> int:
        """The generation this will be."""
        return self._draft.generation

    @property
    def unreplaced(self) -> tuple[SlotInfo, ...]:
        """After a rotation: the slots whose own secret stayed, so that it opens older copies."""
        return self._draft.unreplaced

    def parts(self, voice_id: str, kind: str | None = None) -> tuple[Part, ...]:
        """What a voice has, as it will be, by kind and version."""
        return sorted_parts(tuple(self._draft.parts.values()), voice_id, kind)

    def new_key(self, voice_id: str) -> None:
        """Make the key of a new voice."""
        _checked(voice_id)
        if voice_id in self._draft.tombstones:
            raise VaultError("this voice was revoked and stays so", reason="revoked")
        if voice_id in self._draft.keys:
            raise VaultError("this voice has a key already", reason="key_exists")
        self._draft.keys[voice_id] = random_key()

    def seal(self, voice_id: str, kind: str, consent_id: str, payload: Payload) -> Part:
        """Keep something of a voice, as the next version of its kind."""
        _checked(voice_id, consent_id, kind=kind)
        before = self.parts(voice_id, kind)
        version = before[-1].version + 1 if before else 1
        return self._seal(Part(voice_id, kind, version, consent_id, new_part_name()), payload)

    def rebind(self, voice_id: str, consent_id: str) -> tuple[Part, ...]:
        """Seal everything of a voice again, under a renewed consent."""
        _checked(voice_id, consent_id)
        self._key(voice_id)
        for old in self.parts(voice_id):
            payload = self._content(old)
            new = Part(voice_id, old.kind, old.version, consent_id, new_part_name())
            try:
                self._seal(new, payload)
            finally:
                payload.wipe()
            self.discard(old)
        return self.parts(voice_id)

    def discard(self, part: Part) -> None:
        """Drop a part."""
        if self._draft.parts.get(part.file) != part:
            raise VoiceNotFoundError("this part is no longer in the vault")
        del self._draft.parts[part.file]

    def destroy_key(self, voice_id: str) -> None:
        """Make a voice unreadable for good, in this vault and in older copies of it.

        Its key and parts go, its id is never used again, and the vault gets a new key.
        """
        self._key(voice_id).wipe()
        del self._draft.keys[voice_id]
        for part in self.parts(voice_id):
            self.discard(part)
        self._draft.tombstones |= {voice_id}
        self.rotate()

    def rotate(self) -> None:
        """Give the vault a new key, so that older copies do not open it."""
        self._draft.is_rotating = True

    def add_slot(self, secret: SlotSecret) -> SlotInfo:
        """Let one more secret open the vault."""
        draft = self._draft
        if len(draft.keyholes) >= MAX_SLOTS:
            raise VaultError(f"a vault has at most {MAX_SLOTS} slots", reason="too_many_slots")
        slot_id = secrets.token_hex(8)
        if isinstance(secret, KeyFile):
            self._refuse_key_place(secret)
        with disk_faults(self._place.folder):
            keyhole, private = new_keyhole(secret, slot_id, draft.vault_id, self._place.files)
        draft.keyholes[slot_id] = keyhole
        self._added[slot_id] = private
        return keyhole.info

    def remove_slot(self, slot_id: str) -> None:
        """Let a secret no longer open the vault; the last one stays."""
        keyholes = self._draft.keyholes
        if slot_id not in keyholes:
            raise VaultError("there is no such slot", hint="hub-agent vault check")
        if len(keyholes) == 1:
            raise VaultError("the last slot stays: nothing else opens the vault")
        self._draft.removed.append(keyholes.pop(slot_id))
        self.rotate()

    def slots(self) -> tuple[SlotInfo, ...]:
        """What will open the vault."""
        return tuple(keyhole.info for keyhole in self._draft.keyholes.values())

    def take_added(self) -> dict[str, Secret]:
        """The private keys of slots that were added."""
        return self._added

    def _seal(self, part: Part, payload: Payload) -> Part:
        key = self._key(part.voice_id)
        try:
            data = seal_part(payload, part, self._draft.vault_id, key)
        except MalformedError as error:
            raise VaultError(f"this cannot be kept: {error}") from error
        with disk_faults(self._place.folder):
            write_file(self._draft, self._place, part.file, data)
        self._draft.parts[part.file] = part
        return part

    def _content(self, part: Part) -> Payload:
        if self._opened is None or part.file not in self._opened.header.files:
            raise VaultError("rebind what is committed, before sealing more")
        with disk_faults(self._place.folder):
            try:
                return load_part(self._place, self._opened, part)
            except FileNotFoundError as error:
                raise missing(part.file) from error

    def _key(self, voice_id: str) -> Secret:
        if voice_id not in self._draft.keys:
            raise VoiceNotFoundError("this voice is not in the vault")
        return self._draft.keys[voice_id]

    def _refuse_key_place(self, secret: KeyFile) -> None:
        path, folder = secret.path.resolve(), self._place.folder.resolve()
        if path.is_relative_to(folder):
            raise VaultError(
                "the key file must not lie in the vault it opens",
                hint="keep it where backups of the vault do not reach",
            )
        known = (keyhole.record.path for keyhole in self._draft.keyholes.values())
        if any(other is not None and path == type(path)(other).resolve() for other in known):
            raise VaultError("this key file opens the vault already", reason="slot_exists")


def sorted_parts(parts: tuple[Part, ...], voice_id: str, kind: str | None) -> tuple[Part, ...]:
    """The parts of a voice, by kind and version."""
    own = [part for part in parts if part.voice_id == voice_id and kind in (None, part.kind)]
    return tuple(sorted(own, key=lambda part: (part.kind, part.version)))


def _checked(*ids: str, kind: str = "any") -> None:
    try:
        for identity in ids:
            checked_id(identity)
        checked_word(kind)
    except MalformedError as error:
        raise VaultError(str(error)) from error
