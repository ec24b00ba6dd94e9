"""A home with a vault and a ledger, and people who can be enrolled in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voices.consent.people import (
    Controller,
    Grantor,
    Level,
    Relationship,
    Subject,
    SubjectStatus,
)
from voices.consent.policy import Use
from voices.consent.proof import StatementProof, Verification, Verifier
from voices.consent.record import ConsentRecord
from voices.consent.scope import Scope
from voices.durable import Files
from voices.family import FamilyVoices
from voices.household import Household
from voices.keeper import Enrolment, Material, VoiceKeeper
from voices.members import Member
from voices.payload import Payload
from voices.purpose import Purpose
from voices.vault.parts import new_id
from voices.vault.slots import KeyFile, Passphrase, ScryptCost

PASSPHRASE = Passphrase("correct horse battery", ScryptCost(4, least=4))
ENGINE = "embedded"
NAME = "Xaveria Quistgaard"
GRANTOR = "Grantora Xylander"
STATEMENT = "I, Xylander, agree to zebrawood."
TRANSCRIPT = "Zwölf quietschende Boxkämpfer"

Array = NDArray[np.float32]


def vault(root: Path) -> Path:
    return root / "data" / "vault"


def ledger(root: Path) -> Path:
    return root / "data" / "ledger"


def key_file(root: Path) -> KeyFile:
    return KeyFile(root / "keys" / "vault.key")


def anchor(root: Path) -> Path:
    return root / "keys" / "audit.head"


def create(root: Path, files: Files | None = None) -> Household:
    (root / "data").mkdir(parents=True, exist_ok=True)
    return Household.create(vault(root), ledger(root), [key_file(root)], files=files)


def reopen(root: Path, files: Files | None = None) -> Household:
    household = Household.open(vault(root), ledger(root), files=files)
    household.unlock(key_file(root))
    return household


def family(root: Path, wipe_after_s: float = 100.0) -> FamilyVoices:
    return FamilyVoices(
        vault(root),
        ledger(root),
        anchor=anchor(root),
        secrets=lambda: [key_file(root)],
        wipe_after_s=wipe_after_s,
    )


def embedding(seed: int) -> Array:
    return unit(np.random.default_rng(seed).standard_normal(256))


def near(one: Array, cosine: float, seed: int = 99) -> Array:
    """A unit vector at that cosine to `one`."""
    other = np.random.default_rng(seed).standard_normal(256)
    side = unit(other - (other @ one) * one)
    return unit(cosine * one + np.sqrt(1 - cosine**2) * side)


def unit(vector: NDArray[np.floating]) -> Array:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def material(seed: int, like: Array | None = None, *, keep: bool = True) -> Material:
    rng = np.random.default_rng(seed)
    recordings = Payload(
        {"transcript": TRANSCRIPT}, {"samples": rng.integers(-999, 999, 500).astype(np.int16)}
    )
    return Material(
        embedding=embedding(seed) if like is None else like,
        speech_s=53.0,
        data={ENGINE: Payload({"seed": seed}, {"x": rng.standard_normal(300).astype(np.float32)})},
        recordings=recordings if keep else None,
    )


def scope(until: datetime | None = None, *purposes: Purpose) -> Scope:
    end = until or datetime.now(UTC) + timedelta(days=100)
    return Scope(purposes=purposes or (Purpose.ANNOUNCEMENTS,), until=end)


def record(
    household: Household,
    terms: Scope | None = None,
    *,
    subject_id: str | None = None,
    level: Level = Level.ATTESTED,
    created: datetime | None = None,
    role: Relationship = Relationship.SELF,
) -> ConsentRecord:
    own_id, at = subject_id or new_id(), created or datetime.now(UTC)
    is_own = role is Relationship.SELF
    status = SubjectStatus.LIVING if is_own else SubjectStatus.MINOR
    auto = level is Level.VERIFIED
    return ConsentRecord(
        consent_id=new_id(),
        created=at,
        subject=Subject(id=own_id, display_name=NAME, status=status),
        grantor=Grantor(id=own_id if is_own else new_id(), name=GRANTOR, role=role),
        controller=Controller(hub_id=household.hub_id, household_name="Zylinderhaus"),
        statement=StatementProof(locale="en", text=STATEMENT, recorded_at=at, device_id="cli"),
        verification=Verification(
            level=level, verifier=Verifier.AUTO if auto else Verifier.ATTESTATION
        ),
        scope=terms or scope(),
    )


def enrol(
    household: Household,
    seed: int = 1,
    *,
    id: str = "grandma",  # noqa: A002 - as the field is called
    name: str = NAME,
    like: Array | None = None,
    consent: ConsentRecord | None = None,
    same_person: str | None = None,
) -> Member:
    return VoiceKeeper(household).enrol(
        Enrolment(
            key=new_id(),
            id=id,
            name=name,
            language="en-us",
            material=material(seed, like),
            consent=consent or record(household),
            same_person=same_person,
        )
    )


def renewal(household: Household, member: Member, terms: Scope | None = None) -> ConsentRecord:
    old = household.consent(member)
    return record(household, terms, subject_id=old.subject.id)


def use(
    purpose: Purpose = Purpose.ANNOUNCEMENTS,
    room: str = "kitchen",
    sender: str = "mqtt",
    at: datetime | None = None,
) -> Use:
    return Use(purpose=purpose, room=room, sender=sender, at=at or datetime.now().astimezone())


@dataclass
class Home:
    """A household in its folder with one voice enrolled."""

    root: Path
    household: Household = field(init=False)
    member: Member = field(init=False)

    def __post_init__(self) -> None:
        self.household = create(self.root)
        self.member = enrol(self.household)

    @property
    def keeper(self) -> VoiceKeeper:
        return VoiceKeeper(self.household)

    def family(self, wipe_after_s: float = 100.0) -> FamilyVoices:
        return family(self.root, wipe_after_s)
