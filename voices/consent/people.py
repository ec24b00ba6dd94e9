"""Who agrees, for whom, and to whom; no name is ever in a `repr`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from voices.consent.fields import (
    as_member,
    check_count,
    check_digest,
    check_id,
    check_name,
    check_range,
    check_word,
    plain,
    take,
    take_objects,
    take_optional,
)


class Relationship(StrEnum):
    """What the one who agrees is to the one whose voice it is."""

    SELF = "self"
    GUARDIAN = "guardian"
    HEIR = "heir"


class Level(StrEnum):
    """How sure the hub is: it recognised speaker and words itself, or an adult vouched for them."""

    VERIFIED = "verified"
    ATTESTED = "attested"


class SubjectStatus(StrEnum):
    """Decides who can agree."""

    LIVING = "living"
    MINOR = "minor"
    DECEASED = "deceased"


ROLE_FOR = {
    SubjectStatus.LIVING: Relationship.SELF,
    SubjectStatus.MINOR: Relationship.GUARDIAN,
    SubjectStatus.DECEASED: Relationship.HEIR,
}
"""Who alone can agree for whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose voice it is; `id` is random and stays the same when consent is renewed."""

    id: str
    display_name: str = field(repr=False)
    status: SubjectStatus
    birth_year: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_id(self.id, "subject.id")
        check_name(self.display_name, "subject.display_name")
        check_range(self.birth_year, "subject.birth_year", 1800, 2200)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Subject":
        """What `to_json` wrote."""
        return cls(
            id=take(raw, "id", str),
            display_name=take(raw, "display_name", str),
            status=as_member(SubjectStatus, take(raw, "status", str)),
            birth_year=take_optional(raw, "birth_year", int),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A document that was shown, by its digest: a certificate, say."""

    kind: str
    sha256: str

    def __post_init__(self) -> None:
        check_word(self.kind, "evidence.kind")
        check_digest(self.sha256, "evidence.sha256")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Evidence":
        """What `to_json` wrote."""
        return cls(kind=take(raw, "kind", str), sha256=take(raw, "sha256", str))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grantor:
    """Who agrees."""

    id: str
    name: str = field(repr=False)
    role: Relationship
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id, "grantor.id")
        check_name(self.name, "grantor.name")
        check_count(self.evidence, "grantor.evidence")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Grantor":
        """What `to_json` wrote."""
        return cls(
            id=take(raw, "id", str),
            name=take(raw, "name", str),
            role=as_member(Relationship, take(raw, "role", str)),
            evidence=tuple(Evidence.from_json(item) for item in take_objects(raw, "evidence")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who uses the voice: this hub, of this household."""

    hub_id: str
    household_name: str = field(repr=False)

    def __post_init__(self) -> None:
        check_id(self.hub_id, "controller.hub_id")
        check_name(self.household_name, "controller.household_name")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Controller":
        """What `to_json` wrote."""
        return cls(hub_id=take(raw, "hub_id", str), household_name=take(raw, "household_name", str))
