"""The people whose voices the vault holds, as its encrypted catalogue describes them."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np

from voices.registry import Template

_MEMBERS: Final = "members"


class MemberState(StrEnum):
    """What became of a voice."""

    ENROLLED = "enrolled"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One fit of a voice: when (ISO 8601), from how much speech, how near to the one before.

    `parts` says which version of each sealed kind belongs to it.
    """

    number: int
    created: str
    speech_s: float
    similarity: float
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person. `key` is random and names files; everything else is for people.

    `consents` holds every signed record by its id; `consent_id` is the one that counts. Of a
    revoked voice only this entry is left, without anything that could speak.
    """

    key: str
    id: str = field(repr=False)
    name: str = field(repr=False)
    language: str
    created: str
    consent_id: str
    consents: Mapping[str, Any] = field(repr=False)
    template: Template = field(repr=False)
    versions: tuple[Version, ...] = ()
    current: int = 0
    state: MemberState = MemberState.ENROLLED

    def called(self, wanted: str) -> bool:
        """Whether somebody who says `wanted` means this person: by id, name or key."""
        return wanted.strip().casefold() in (self.id.casefold(), self.name.casefold(), self.key)

    @property
    def version(self) -> Version:
        """The version that speaks."""
        return next(each for each in self.versions if each.number == self.current)


def members_of(document: Mapping[str, Any]) -> dict[str, Member]:
    """All members in a catalogue, by key, in order of enrolment."""
    found = [_member(key, entry) for key, entry in document.get(_MEMBERS, {}).items()]
    return {member.key: member for member in sorted(found, key=lambda m: (m.created, m.id))}


def write_member(document: dict[str, Any], member: Member) -> None:
    """Put `member` into a catalogue, in place of the one with its key."""
    entry = {
        "id": member.id,
        "name": member.name,
        "language": member.language,
        "created": member.created,
        "consent_id": member.consent_id,
        "consents": dict(member.consents),
        "template": b64encode(member.template.astype("<f4").tobytes()).decode(),
        "versions": [asdict(version) for version in member.versions],
        "current": member.current,
        "state": member.state.value,
    }
    document.setdefault(_MEMBERS, {})[member.key] = entry


def forget_member(document: dict[str, Any], key: str) -> None:
    """Take a member out of a catalogue."""
    del document[_MEMBERS][key]


def enrolled(members: Iterable[Member]) -> list[Member]:
    """Those who can speak, as far as the vault is concerned."""
    return [member for member in members if member.state is MemberState.ENROLLED]


def with_version(member: Member, version: Version, *, keep: int) -> Member:
    """`member` speaking with a new version; only the last `keep` stay."""
    kept = (*member.versions, version)[-keep:]
    return replace(member, versions=kept, current=version.number)


def _member(key: str, entry: Mapping[str, Any]) -> Member:
    return Member(
        key=key,
        id=entry["id"],
        name=entry["name"],
        language=entry["language"],
        created=entry["created"],
        consent_id=entry["consent_id"],
        consents=entry["consents"],
        template=np.frombuffer(b64decode(entry["template"]), "<f4").astype(np.float32),
        versions=tuple(Version(**version) for version in entry["versions"]),
        current=entry["current"],
        state=MemberState(entry["state"]),
    )
