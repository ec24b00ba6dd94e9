"""What a hub tells, as it is used here. Unknown keys are left out: a newer hub may tell more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

FAMILY = "family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who answers at an address, before it trusts anybody."""

    hub_id: str
    name: str
    version: str
    api: int
    pairing: bool

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        return cls(
            hub_id=str(document["hub_id"]),
            name=str(document["name"]),
            version=str(document["version"]),
            api=int(document["api"]),
            pairing=bool(document["pairing"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice that can be asked for; `family`: of a person of this household."""

    id: str
    name: str = field(repr=False)
    languages: tuple[str, ...]
    family: bool

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Raises `KeyError` or `TypeError` for anything else."""
        return cls(
            id=str(document["id"]),
            name=str(document["name"]),
            languages=tuple(str(language) for language in document["languages"]),
            family=document["kind"] == FAMILY,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A place with loudspeakers."""

    id: str
    name: str

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Raises `KeyError` or `TypeError` for anything else."""
        return cls(id=str(document["id"]), name=str(document["name"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One moment of a hub."""

    hub_id: str
    version: str
    status: str
    volume: int
    quiet: bool
    voice: str | None
    engine: str
    rooms: tuple[str, ...]
    waiting: int
    ttfa_ms: int | None
    next_greeting: datetime | None
    vault: str
    family_voices: int
    consents_ending: int
    consent_ends: date | None
    integrations: Mapping[str, bool]
    ready: bool
    engines_missing: tuple[str, ...]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        voice, greeting = document["voice"], document["next_greeting"]
        ends, ttfa_ms = document["consent_ends"], document["ttfa_ms"]
        return cls(
            hub_id=str(document["hub_id"]),
            version=str(document["version"]),
            status=str(document["status"]),
            volume=int(document["volume"]),
            quiet=bool(document["quiet"]),
            voice=None if voice is None else str(voice["id"]),
            engine=str(document["engine"]),
            rooms=tuple(str(room["id"]) for room in document["rooms"]),
            waiting=int(document["waiting"]),
            ttfa_ms=None if ttfa_ms is None else int(ttfa_ms),
            next_greeting=None if greeting is None else datetime.fromisoformat(greeting),
            vault=str(document["vault"]),
            family_voices=int(document["family_voices"]),
            consents_ending=int(document["consents_ending"]),
            consent_ends=None if ends is None else datetime.fromisoformat(ends).date(),
            integrations={name: bool(up) for name, up in document["integrations"].items()},
            ready=bool(document["ready"]),
            engines_missing=tuple(str(engine) for engine in document["engines_missing"]),
        )

    @property
    def lists(self) -> tuple[object, ...]:
        """Differs where voices or rooms may have come or gone."""
        return (
            *(self.version, self.rooms, self.engine, self.engines_missing, self.vault),
            *(self.family_voices, self.consents_ending, self.consent_ends, self.ready),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HubData:
    """All that is known of a hub; voices by what they may speak for."""

    state: State
    rooms: tuple[Room, ...]
    announcement_voices: tuple[Voice, ...]
    assistant_voices: tuple[Voice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubEvent:
    """Something that a hub sent by itself."""

    type: str
    data: Mapping[str, Any]
