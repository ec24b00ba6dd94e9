"""One voice in a file of its own, for moving it to another hub."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from voices.consent.record import ConsentRecord
from voices.durable import DiskFiles, Files
from voices.errors import NoVaultError, VaultDamagedError, VaultExistsError
from voices.family import DATA_KIND
from voices.keeper import EMBEDDING_KIND, RECORDINGS_KIND, Enrolment, Material, VoiceKeeper
from voices.members import Member
from voices.payload import Payload
from voices.vault.crypto import BadSealError
from voices.vault.encoding import decode, encode
from voices.vault.envelope import seal, unseal
from voices.vault.fields import MalformedError
from voices.vault.parts import new_id
from voices.vault.secret import wipe
from voices.vault.slots import Passphrase

MAX_EXPORT_BYTES: Final = 300 << 20
_MAGIC: Final = b"HVX1"
_FORMAT: Final = "hubvoice-export"


@dataclass(frozen=True, slots=True)
class ExportedVoice:
    """What an export holds; consent is not in it, every hub needs its own."""

    id: str = field(repr=False)
    name: str = field(repr=False)
    language: str
    material: Material = field(repr=False)

    def enrolment(self, consent: ConsentRecord) -> Enrolment:
        """As a new voice of this hub."""
        return Enrolment(
            key=new_id(),
            id=self.id,
            name=self.name,
            language=self.language,
            material=self.material,
            consent=consent,
        )


def write_export(
    keeper: VoiceKeeper,
    member: Member,
    file: Path,
    passphrase: Passphrase,
    *,
    files: Files | None = None,
) -> None:
    """Write the current version of a voice.

    Raises `VaultExistsError` for a file that is there, `ConsentRefusedError` for a voice that was
    withdrawn.
    """
    if file.exists():
        raise VaultExistsError(f"{file} is there already", hint="name another file")
    whole = _joined(member, keeper.contents(member))
    plain = encode(whole)
    try:
        sealed = seal(plain, passphrase, magic=_MAGIC, head={"fmt": _FORMAT, "v": 1})
    finally:
        wipe(plain)
    (files or DiskFiles()).write(file, sealed)


def read_export(file: Path, passphrase: Passphrase, *, files: Files | None = None) -> ExportedVoice:
    """What `write_export` wrote. Raises `VaultDamagedError` for anything else."""
    try:
        data = (files or DiskFiles()).read(file, MAX_EXPORT_BYTES)
        head, plain = unseal(data, passphrase, magic=_MAGIC)
        head.text("fmt", only=_FORMAT)
        return _parted(decode(plain))
    except FileNotFoundError as error:
        raise NoVaultError(f"there is no file {file}") from error
    except (OSError, MalformedError, BadSealError, KeyError, TypeError, ValueError) as error:
        raise VaultDamagedError(
            f"{file} is no exported voice or is damaged", hint="export it again"
        ) from error


def _joined(member: Member, contents: dict[str, Payload]) -> Payload:
    meta: dict[str, Any] = {
        "id": member.id,
        "name": member.name,
        "language": member.language,
        "speech_s": member.version.speech_s,
        "kinds": {kind: dict(payload.meta) for kind, payload in contents.items()},
    }
    arrays = {
        f"{kind}/{name}": array
        for kind, payload in contents.items()
        for name, array in payload.arrays.items()
    }
    return Payload(meta, arrays)


def _parted(whole: Payload) -> ExportedVoice:
    payloads = {
        kind: Payload(
            meta,
            {
                name.removeprefix(f"{kind}/"): array
                for name, array in whole.arrays.items()
                if name.startswith(f"{kind}/")
            },
        )
        for kind, meta in whole.meta["kinds"].items()
    }
    engines = {kind.removeprefix(DATA_KIND) for kind in payloads if kind.startswith(DATA_KIND)}
    embedding = payloads[EMBEDDING_KIND].arrays["embedding"]
    return ExportedVoice(
        id=str(whole.meta["id"]),
        name=str(whole.meta["name"]),
        language=str(whole.meta["language"]),
        material=Material(
            embedding=np.array(embedding, np.float32),
            speech_s=float(whole.meta["speech_s"]),
            data={engine: payloads[DATA_KIND + engine] for engine in engines},
            recordings=payloads.get(RECORDINGS_KIND),
        ),
    )
