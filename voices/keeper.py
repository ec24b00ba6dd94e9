"""Taking voices in, changing them, and destroying them for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from voices.consent.ledger_events import Cause, EventType
from voices.consent.policy import CarePermit, permit_care
from voices.consent.record import ConsentRecord, grant_body
from voices.consent.standing import State
from voices.errors import ConsentRefusedError, EnrolmentRefusedError, VoiceNotFoundError
from voices.family import DATA_KIND
from voices.household import Household
from voices.household_document import Promise
from voices.latest import as_it_is, destroy, known_to, withdrawn
from voices.members import (
    Member,
    MemberState,
    Version,
    enrolled,
    forget_member,
    write_member,
)
from voices.naming import require_id
from voices.payload import Payload
from voices.recognition import (
    earlier,
    is_same_person,
    known,
    moved,
    require_embedding,
)
from voices.registry import Template, nearest, template_of
from voices.sealing import with_sealed
from voices.speaker.similarity import DIFFERENT_CHANNEL, SOMEBODY_ELSE, Verdict, cosine
from voices.vault.parts import Part
from voices.vault.transaction import Transaction

EMBEDDING_KIND: Final = "embedding"
RECORDINGS_KIND: Final = "recordings"

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

    def require_free(self, wanted_id: str, name: str, *, own_key: str | None = None) -> None:
        """Refuse an id that is none, or an id or name that somebody else than `own_key` has."""
        require_id(wanted_id, name)
        for member in enrolled(self._household.members().values()):
            is_other = member.key != own_key
            if is_other and (member.called(wanted_id) or member.called(name)):
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
        templates = {key: member.template for key, member in members.items()}
        for resemblance in nearest(template, templates):
            if resemblance.cosine < SOMEBODY_ELSE:
                return
            if not is_same_person(members[resemblance.key], consent, same_person):
                raise known(members[resemblance.key], resemblance.cosine)

    def enrol(self, enrolment: Enrolment) -> Member:
        """Take a voice in. Raises `EnrolmentRefusedError`; nothing is kept then."""
        require_embedding(enrolment.material.embedding)
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
            self.require_free(enrolment.id, enrolment.name)
            self.require_new(
                enrolment.material.embedding, consent=consent, same_person=enrolment.same_person
            )
            tx.new_key(key)
            whole = with_sealed(
                tx,
                member,
                _payloads(enrolment.material),
                kept={},
                speech_s=enrolment.material.speech_s,
                similarity=1.0,
            )
            write_member(tx.document, whole)
            granted = Promise(EventType.CONSENT_GRANTED, grant_body(key, consent))
            return [granted, _voice_event(EventType.VOICE_SEALED, whole, tx)]

        self._household.commit(change)
        return self.member(enrolment.id)

    def require_same(self, member: Member, embedding: Template) -> float:
        """How near `embedding` is to the enrolled one; refuses another person's."""
        similarity = cosine(self._embedding(member), embedding)
        if DIFFERENT_CHANNEL.verdict(similarity) is Verdict.SAME:
            return similarity
        raise EnrolmentRefusedError(
            f"this does not sound like the enrolled person (likeness {similarity:.2f}, "
            f"{DIFFERENT_CHANNEL.accept:.2f} needed)",
            hint="record again in the same room and with the same microphone",
            reason="another_person",
        )

    def update(self, member: Member, material: Material) -> Member:
        """Refine a voice by more speech of the same person; data of other engines stay.

        The embedding moves by a bounded step. Raises `EnrolmentRefusedError` for another person.
        """
        require_embedding(material.embedding)
        similarity = self.require_same(member, material.embedding)
        old = self._embedding(member)
        refined = replace(material, embedding=moved(old, material.embedding))

        def change(tx: Transaction) -> list[Promise]:
            now = as_it_is(tx, member)
            updated = with_sealed(
                tx,
                now,
                _payloads(refined),
                kept=_voice_data(now.version),
                speech_s=refined.speech_s,
                similarity=similarity,
            )
            updated = replace(updated, template=self._template(refined.embedding))
            write_member(tx.document, updated)
            return [_voice_event(EventType.VOICE_UPDATED, updated, tx)]

        self._household.commit(change)
        return self.member(member.id)

    def fit(self, member: Member, engine: str, data: Payload) -> Member:
        """Let `engine` speak as this person with `data`; everything else of the voice stays.

        Raises `ConsentRefusedError` unless consent is in force now.
        """
        self._in_force(member)

        def change(tx: Transaction) -> list[Promise]:
            now = as_it_is(tx, member)
            before = now.version
            fitted = with_sealed(
                tx,
                now,
                {DATA_KIND + engine: data},
                kept=before.parts,
                speech_s=before.speech_s,
                similarity=before.similarity,
            )
            write_member(tx.document, fitted)
            return [_voice_event(EventType.VOICE_UPDATED, fitted, tx)]

        self._household.commit(change)
        return self.member(member.id)

    def roll_back(self, member: Member, number: int | None = None) -> Member:
        """Speak with an earlier version again: `number`, or the one before the current."""
        self._care(member)
        target = earlier(member, number)
        embedding = self._household.read(
            self._part(member, target, EMBEDDING_KIND), self._care(member)
        ).arrays["embedding"]
        template = self._template(np.array(embedding))

        def change(tx: Transaction) -> list[Promise]:
            now = as_it_is(tx, member)
            current = earlier(now, target.number).number
            write_member(tx.document, replace(now, current=current, template=template))
            body = {**_ids(member), "generation": tx.generation, "to_generation": target.number}
            return [Promise(EventType.VOICE_ROLLED_BACK, body)]

        self._household.commit(change)
        return self.member(member.id)

    def rename(self, member: Member, name: str) -> Member:
        """Call a voice by another name; its id stays."""

        def change(tx: Transaction) -> list[Promise]:
            now = as_it_is(tx, member)
            self.require_free(now.id, name, own_key=now.key)
            write_member(tx.document, replace(now, name=name))
            return []

        self._household.commit(change)
        return self.member(member.id)

    def renew(self, member: Member, consent: ConsentRecord) -> Member:
        """Put a new consent in force: longer, wider or narrower than the one before."""
        old = self._household.consent(member)
        if consent.subject.id != old.subject.id or consent.consent_id in member.consents:
            raise ConsentRefusedError(
                "this is no new consent for the same person's voice", reason="consent_mismatch"
            )
        narrower = _narrower(consent, old)
        kind = EventType.CONSENT_LIMITED if narrower else EventType.CONSENT_RENEWED

        def change(tx: Transaction) -> list[Promise]:
            now = as_it_is(tx, member)
            tx.rebind(member.key, consent.consent_id)
            consents = {**now.consents, **self._signed(consent)}
            renewed = replace(now, consent_id=consent.consent_id, consents=consents)
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
            now = as_it_is(tx, member)
            destroy(tx, member)
            gone = replace(now, versions=(), current=0, state=MemberState.REVOKED)
            write_member(tx.document, gone)
            return [*_withdrawal(member, cause), _shredded(member, tx)]

        self._household.commit(change, even_unrecorded=True)

    def delete(self, member: Member) -> None:
        """Destroy the voice and forget the person; the ledger, which names nobody, stays."""

        def change(tx: Transaction) -> list[Promise]:
            now = known_to(tx, member)
            forget_member(tx.document, member.key)
            if now.state is MemberState.REVOKED:
                return []
            destroy(tx, member)
            return [*_withdrawal(member, Cause.ADMINISTRATOR), _shredded(member, tx)]

        self._household.commit(change, even_unrecorded=True)

    def recordings(self, member: Member) -> Payload | None:
        """The recordings of the current version, None when they were not kept.

        Raises `ConsentRefusedError` unless consent is in force now.
        """
        if RECORDINGS_KIND not in self._in_force(member).version.parts:
            return None
        part = self._part(member, member.version, RECORDINGS_KIND)
        return self._household.read(part, self._care(member))

    def contents(self, member: Member) -> dict[str, Payload]:
        """Everything of the current version by kind, for moving it to another hub.

        Raises `ConsentRefusedError` unless consent is in force now.
        """
        permit = self._care(self._in_force(member))
        return {
            kind: self._household.read(self._part(member, member.version, kind), permit)
            for kind in member.version.parts
        }

    def _embedding(self, member: Member) -> Template:
        """Handed to nobody: only for comparing, which must be possible before a renewal."""
        permit = self._care(member)
        part = self._part(member, member.version, EMBEDDING_KIND)
        payload = self._household.read(part, permit)
        return np.array(payload.arrays["embedding"], np.float32)

    def _in_force(self, member: Member) -> Member:
        """`member`, whose consent is neither withdrawn nor suspended nor over."""
        standing = self._household.standing(member.key)
        state = None if standing is None else standing.state(datetime.now(UTC))
        if member.state is MemberState.REVOKED:
            state = State.REVOKED
        if state not in (State.GRANTED, State.EXPIRING):
            raise ConsentRefusedError(
                "consent is not in force for this voice",
                hint="hub-agent voices list",
                reason=f"consent_{state}" if state else "no_consent",
            )
        return member

    def _care(self, member: Member) -> CarePermit:
        standing = self._household.standing(member.key)
        if member.state is MemberState.REVOKED:
            raise withdrawn()
        if standing is None:
            raise VoiceNotFoundError("the ledger does not know this voice")
        record = self._household.consent(member)
        return permit_care(member.key, record, standing, datetime.now(UTC))

    def _part(self, member: Member, version: Version, kind: str) -> Part:
        parts = self._household.parts(member.key, kind)
        found = next((part for part in parts if part.version == version.parts[kind]), None)
        if found is None:
            raise VoiceNotFoundError("this part is no longer in the vault")
        return found

    def _template(self, embedding: Template) -> Template:
        return template_of(embedding, self._household.subkey(_REGISTRY))

    def _signed(self, consent: ConsentRecord) -> dict[str, object]:
        signed = consent.sign(self._household.signing_key())
        return {consent.consent_id: signed.to_json()}


def _payloads(material: Material) -> dict[str, Payload]:
    """What of it is sealed, by kind."""
    embedding = Payload({}, {"embedding": material.embedding.astype(np.float32)})
    payloads = {EMBEDDING_KIND: embedding}
    payloads |= {DATA_KIND + engine: data for engine, data in material.data.items()}
    if material.recordings is not None:
        payloads[RECORDINGS_KIND] = material.recordings
    return payloads


def _voice_data(version: Version) -> dict[str, int]:
    """The parts that engines speak with."""
    return {kind: part for kind, part in version.parts.items() if kind.startswith(DATA_KIND)}


def _narrower(new: ConsentRecord, old: ConsentRecord) -> bool:
    return set(new.scope.purposes) < set(old.scope.purposes) or new.scope.until < old.scope.until


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
