"""A small vault with two voices, and what every test asks of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voices.durable import DiskFiles, Files
from voices.payload import Payload
from voices.vault.parts import Part
from voices.vault.slots import KeyFile, Passphrase, RecoveryCode, ScryptCost
from voices.vault.store import Store

QUICK = ScryptCost(4, least=4)
PASSPHRASE = Passphrase("correct horse battery", QUICK)
OTHER_PASSPHRASE = Passphrase("staple of another kind", QUICK)
RECOVERY = RecoveryCode.generate()
ANNA, BERT = "a" * 32, "b" * 32
CONSENT_ANNA, CONSENT_BERT = "c" * 32, "d" * 32
NAME = "Grandmother Xaveria"
MARKS = (NAME.encode(), b"embedding-of", np.full(8, 0.4242, "<f4").tobytes())


@dataclass(frozen=True)
class Allowed:
    """A permit, without asking anybody."""

    voice_id: str
    consent_id: str


def permit_for(part: Part) -> Allowed:
    return Allowed(part.voice_id, part.consent_id)


def vault_folder(root: Path) -> Path:
    return root / "data" / "vault"


def key_file(root: Path) -> KeyFile:
    return KeyFile(root / "keys" / "vault.key")


def payload(mark: int = 1) -> Payload:
    meta = {"note": f"embedding-of {NAME}", "mark": mark}
    return Payload(meta, {"embedding": np.full(8, 0.4242, np.float32)})


def make_vault(root: Path, files: Files | None = None) -> Store:
    """A vault opened by a passphrase, a key file and a recovery code, with nothing in it."""
    return Store.create(
        vault_folder(root),
        [PASSPHRASE, key_file(root), RECOVERY],
        document={"voices": {ANNA: NAME}},
        files=files or DiskFiles(),
    )


def make_full_vault(root: Path) -> Store:
    """The same with two voices of two and one part."""
    store = make_vault(root)
    with store.transaction() as tx:
        tx.new_key(ANNA)
        tx.new_key(BERT)
        tx.seal(ANNA, "embedding", CONSENT_ANNA, payload(1))
        tx.seal(ANNA, "voice.embedded", CONSENT_ANNA, payload(2))
        tx.seal(BERT, "embedding", CONSENT_BERT, payload(3))
    return store


def state_of(store: Store) -> tuple[object, ...]:
    """All that the vault says, fully decrypted, in a form that can be compared."""
    contents = [
        (part.voice_id, part.kind, part.version, part.consent_id, mark_of(store, part))
        for voice_id in sorted(store.voice_ids())
        for part in store.parts(voice_id)
    ]
    return (store.document(), sorted(store.voice_ids()), contents, sorted(store.tombstones()))


def mark_of(store: Store, part: Part) -> object:
    return store.read(part, permit_for(part)).meta["mark"]


def names_in(root: Path) -> set[str]:
    folder = vault_folder(root)
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
