"""Taking voices in, changing them, and destroying them for good."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from voices.consent.ledger_events import Cause, EventType
from voices.consent.people import Level, Relationship
from voices.consent.policy import CarePermit, permit_care
from voices.consent.record import ConsentRecord, grant_body
from voices.errors import EnrolmentRefusedError, VoiceNotFoundError
from voices.family import DATA_KIND
from voices.household import Household, Promise
from voices.members import (
    Member,
    MemberState,
    Version,
    enrolled,
    forget_member,
    with_version,
    write_member,
)
from voices.payload import Payload
from voices.registry import Template, nearest, template_of
from voices.speaker.similarity import DIFFERENT_CHANNEL, SOMEBODY_ELSE, Verdict, cosine
from voices.vault.parts import Part
from voices.vault.transaction import Transaction

EMBEDDING_KIND: Final = "embedding"
RECORDINGS_KIND: Final = "recordings"
KEPT_VERSIONS: Final = 5
LARGEST_STEP: Final = 0.3
"""How far one update moves the embedding towards the new recordings: a cold is not a new person."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_REGISTRY: Final = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What recordings were made into. `data` is by engine; `recordings` None: not to be kept."""

    embedding: Template = field(repr=False)
    speech_s: float
    data: Mapping[str, Payload] = field(repr=False)
    recordings: Payload | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A new voice. `same_person` is the id of a known voice that this one may resemble."""

    key: str
    id: str = field(repr=False)
    name: str = field(repr=False)
    language: str
    material: Material = field(repr=False)
    consent: ConsentRecord = field(repr=False)
    same_person: str | None = field(default=None, repr=False)


class VoiceKeeper:
    """Every change to the voices of a household; each is one commit. Needs an unlocked vault."""

    def __init__(self, household: Household) -> None:
        self._household = household

    def member(self, wanted: str) -> Member:
        """Who is called so, also when revoked. Raises `VoiceNotFoundError`."""
        members = self._household.members().values()
        called = [member for member in members if member.called(wanted)]
        if not called:
            raise VoiceNotFoundError("there is no such voice", hint="hub-agent voices list")
        return min(called, key=lambda member: member.state is MemberState.REVOKED)

    def require_free(self, wanted_id: str, name: str) -> None:
        """Refuse an id that is none, or an id or name that somebody has."""
        if not _ID.fullmatch(wanted_id):
            raise EnrolmentRefusedError(
                "a voice's id is made of lower-case letters, digits, - and _, at most 32",
                hint="hub-agent voices enrol grandma",
                reason="bad_id",
            )
        if not name.strip() or len(name) > 64 or not name.isprintable():
            raise EnrolmentRefusedError(
                "a name has 1 to 64 printable characters",
                hint="hub-agent voices enrol --help",
                reason="bad_name",
            )
        for member in enrolled(self._household.members().values()):
            if member.called(wanted_id) or member.called(name):
                raise EnrolmentRefusedError(
                    "somebody enrolled has this id or name",
                    hint="choose another one, or add to that voice: hub-agent voices update ID",
                    reason="id_taken",
                )

    def require_new(
        self, embedding: Template, *, consent: ConsentRecord, same_person: str | None
    ) -> None:
        """Refuse a voice that is already known, unless that person consents to be here twice.

        Revoked voices count: a person who withdrew cannot be enrolled by somebody else.
        """
        template = self._template(embedding)
        members = self._household.members()
        known = {key: member.template for key, member in members.items()}
        for resemblance in nearest(template, known):
            if resemblance.cosine < SOMEBODY_ELSE:
                return
            if not _is_same_person(members[resemblance.key], consent, same_person):
                raise _known(members[resemblance.key], resemblance.cosine)

    def enrol(self, enrolment: Enrolment) -> Member:
        """Take a voice in. Raises `EnrolmentRefusedError`; nothing is kept then."""
        self.require_free(enrolment.id, enrolment.name)
        self.require_new(
            enrolment.material.embedding,
            consent=enrolment.consent,
            same_person=enrolment.same_person,
        )
        consent, key = enrolment.consent, enrolment.key
        member = Member(
            key=key,
            id=enrolment.id,
            name=enrolment.name,
            language=enrolment.language,
            created=_now(),
            consent_id=consent.consent_id,
            consents=self._signed(consent),
            template=self._template(enrolment.material.embedding),
        )

        def change(tx: Transaction) -> list[Promise]:
            tx.new_key(key)
            whole = _sealed(tx, member, enrolment.material, similarity=1.0)
            write_member(tx.document, whole)
            granted = Promise(EventType.CONSENT_GRANTED, grant_body(key, consent))
            return [granted, _voice_event(EventType.VOICE_SEALED, whole, tx)]

        self._household.commit(change)
        return self.member(enrolment.id)

    def require_same(self, member: Member, embedding: Template) -> float:
        """How near `embedding` is to the enrolled one; refuses another person's."""
        similarity = cosine(self.embedding(member), embedding)
        if DIFFERENT_CHANNEL.verdict(similarity) is Verdict.SAME:
            return similarity
        raise EnrolmentRefusedError(
            f"this does not sound like the enrolled person (likeness {similarity:.2f}, "
            f"{DIFFERENT_CHANNEL.accept:.2f} needed)",
            hint="record again in the same room and with the same microphone",
            reason="another_person",
        )

    def update(self, member: Member, material: Material) -> Member:
        """Refine a voice by more speech of the same person.

        The embedding moves by a bounded step. Raises `EnrolmentRefusedError` for another person.
        """
        similarity = self.require_same(member, material.embedding)
        old = self.embedding(member)
        moved = replace(material, embedding=_moved(old, material.embedding))

        def change(tx: Transaction) -> list[Promise]:
            updated = _sealed(tx, member, moved, similarity=similarity)
            updated = replace(updated, template=self._template(moved.embedding))
            _discard_unused(tx, updated)
            write_member(tx.document, updated)
            return [_voice_event(EventType.VOICE_UPDATED, updated, tx)]

        self._household.commit(change)
        return self.member(member.id)

    def roll_back(self, member: Member, number: int | None = None) -> Member:
        """Speak with an earlier version again: `number`, or the one before the current."""
        self._care(member)
        target = _earlier(member, number)
        embedding = self._household.read(
            self._part(member, target, EMBEDDING_KIND), self._care(member)
        ).arrays["embedding"]
        changed = replace(
            member, current=target.number, template=self._template(np.array(embedding))
        )

        def change(tx: Transaction) -> list[Promise]:
            write_member(tx.document, changed)
            body = {**_ids(member), "generation": tx.generation, "to_generation": target.number}
            return [Promise(EventType.VOICE_ROLLED_BACK, body)]

        self._household.commit(change)
        return self.member(member.id)

    def rename(self, member: Member, name: str) -> Member:
        """Call a voice by another name; its id stays."""
        self.require_free("x", name)

        def change(tx: Transaction) -> list[Promise]:
            write_member(tx.document, replace(member, name=name))
            return []

        self._household.commit(change)
        return self.member(member.id)

    def renew(self, member: Member, consent: ConsentRecord) -> Member:
        """Put a new consent in force: longer, wider or narrower than the one before."""
        narrower = _narrower(consent, self._household.consent(member))
        kind = EventType.CONSENT_LIMITED if narrower else EventType.CONSENT_RENEWED

        def change(tx: Transaction) -> list[Promise]:
            tx.rebind(member.key, consent.consent_id)
            consents = {**member.consents, **self._signed(consent)}
            renewed = replace(member, consent_id=consent.consent_id, consents=consents)
            write_member(tx.document, renewed)
            return [Promise(kind, grant_body(member.key, consent))]

        self._household.commit(change)
        return self.member(member.id)

    def revoke(self, member: Member, *, cause: Cause = Cause.SUBJECT) -> None:
        """Destroy the voice: key, data, embedding, recordings.

        What stays is the signed record, and a template by which the voice is known should somebody
        try to enrol it again.
        """

        def change(tx: Transaction) -> list[Promise]:
            tx.destroy_key(member.key)
            gone = replace(member, versions=(), current=0, state=MemberState.REVOKED)
            write_member(tx.document, gone)
            return [*_withdrawal(member, cause), _shredded(member, tx)]

        self._household.commit(change, even_unrecorded=True)

    def delete(self, member: Member) -> None:
        """Destroy the voice and forget the person; the ledger, which names nobody, stays."""

        def change(tx: Transaction) -> list[Promise]:
            forget_member(tx.document, member.key)
            if member.state is MemberState.REVOKED:
                return []
            tx.destroy_key(member.key)
            return [*_withdrawal(member, Cause.ADMINISTRATOR), _shredded(member, tx)]

        self._household.commit(change, even_unrecorded=True)

    def embedding(self, member: Member) -> Template:
        """The speaker embedding, for comparing with new recordings of the same person."""
        part = self._part(member, member.version, EMBEDDING_KIND)
        payload = self._household.read(part, self._care(member))
        return np.array(payload.arrays["embedding"], np.float32)

    def recordings(self, member: Member) -> Payload | None:
        """The recordings of the current version, None when they were not kept."""
        if RECORDINGS_KIND not in member.version.parts:
            return None
        part = self._part(member, member.version, RECORDINGS_KIND)
        return self._household.read(part, self._care(member))

    def contents(self, member: Member) -> dict[str, Payload]:
        """Everything of the current version by kind, for moving it to another hub."""
        permit = self._care(member)
        return {
            kind: self._household.read(self._part(member, member.version, kind), permit)
            for kind in member.version.parts
        }

    def _care(self, member: Member) -> CarePermit:
        standing = self._household.standing(member.key)
        if standing is None:
            raise VoiceNotFoundError("the ledger does not know this voice")
        record = self._household.consent(member)
        return permit_care(member.key, record, standing, datetime.now(UTC))

    def _part(self, member: Member, version: Version, kind: str) -> Part:
        parts = self._household.parts(member.key, kind)
        return next(part for part in parts if part.version == version.parts[kind])

    def _template(self, embedding: Template) -> Template:
        return template_of(embedding, self._household.subkey(_REGISTRY))

    def _signed(self, consent: ConsentRecord) -> dict[str, object]:
        signed = consent.sign(self._household.signing_key())
        return {consent.consent_id: signed.to_json()}


def _sealed(tx: Transaction, member: Member, material: Material, *, similarity: float) -> Member:
    """`member` with a new version, its parts sealed in `tx`."""
    embedding = Payload({}, {"embedding": material.embedding.astype(np.float32)})
    payloads = {EMBEDDING_KIND: embedding}
    payloads |= {DATA_KIND + engine: data for engine, data in material.data.items()}
    if material.recordings is not None:
        payloads[RECORDINGS_KIND] = material.recordings
    parts = {
        kind: tx.seal(member.key, kind, member.consent_id, payload).version
        for kind, payload in payloads.items()
    }
    version = Version(
        number=max((each.number for each in member.versions), default=0) + 1,
        created=_now(),
        speech_s=round(material.speech_s, 1),
        similarity=round(similarity, 4),
        parts=parts,
    )
    return with_version(member, version, keep=KEPT_VERSIONS)


def _discard_unused(tx: Transaction, member: Member) -> None:
    used = {(kind, number) for each in member.versions for kind, number in each.parts.items()}
    for part in tx.parts(member.key):
        if (part.kind, part.version) not in used:
            tx.discard(part)


def _earlier(member: Member, number: int | None) -> Version:
    wanted = number
    if wanted is None:
        wanted = max((v.number for v in member.versions if v.number < member.current), default=0)
    for version in member.versions:
        if version.number == wanted:
            return version
    raise VoiceNotFoundError(
        "there is no such earlier version",
        hint="hub-agent voices show ID",
        reason="unknown_version",
    )


def _moved(old: Template, new: Template) -> Template:
    """A bounded step from one embedding towards another, again of unit length."""
    mixed = (1.0 - LARGEST_STEP) * old + LARGEST_STEP * new
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def _narrower(new: ConsentRecord, old: ConsentRecord) -> bool:
    return set(new.scope.purposes) < set(old.scope.purposes) or new.scope.until < old.scope.until


def _is_same_person(known: Member, consent: ConsentRecord, same_person: str | None) -> bool:
    """Whether the person known here is the one who consents now, and says so."""
    if same_person is None or not known.called(same_person):
        return False
    own = consent.grantor.role is Relationship.SELF
    return own and consent.verification.level is Level.VERIFIED


def _known(member: Member, cosine_to_it: float) -> EnrolmentRefusedError:
    if member.state is MemberState.REVOKED:
        return EnrolmentRefusedError(
            f"this voice was withdrawn from this hub (likeness {cosine_to_it:.2f})",
            hint="only that person can enrol it again, with their own consent: --same-person ID",
            reason="voice_withdrawn",
        )
    return EnrolmentRefusedError(
        f"this voice is enrolled already, under another name (likeness {cosine_to_it:.2f})",
        hint="add to it with `hub-agent voices update ID`; hub-agent voices list",
        reason="already_enrolled",
    )


def _withdrawal(member: Member, cause: Cause) -> Sequence[Promise]:
    return [Promise(EventType.CONSENT_REVOKED, {**_ids(member), "cause": cause.value})]


def _shredded(member: Member, tx: Transaction) -> Promise:
    return _voice_event(EventType.VOICE_SHREDDED, member, tx)


def _voice_event(kind: EventType, member: Member, tx: Transaction) -> Promise:
    return Promise(kind, {**_ids(member), "generation": tx.generation})


def _ids(member: Member) -> dict[str, int | str]:
    return {"voice_id": member.key, "consent_id": member.consent_id}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
