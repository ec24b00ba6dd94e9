"""How things are with the agent right now, for whoever shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from voices.errors import VoicesError
from voices.family import FamilyVoices
from voices.voice import Voice


class AgentStatus(StrEnum):
    """In one word."""

    IDLE = "idle"
    SPEAKING = "speaking"
    QUIET = "quiet"


class VaultState(StrEnum):
    """Whether family voices can be had."""

    NONE = "none"
    LOCKED = "locked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomState:
    """One room: whether it speaks, how many wait, whether only urgent ones may speak now."""

    speaking: bool
    waiting: int
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """One moment.

    `voice` is who speaks where an announcement names none, None: the engine's best for the
    language, or nobody while the chosen one is locked up or has withdrawn. `ttfa_s` is of the last
    announcement that was heard. `consents_ending` counts the consents that end soon,
    `consent_ends` is when the first of all does. `next_greeting` has a time zone.
    `engines_missing` are those for family voices that cannot be had. `language` is spoken where an
    announcement names none.
    """

    status: AgentStatus
    rooms: Mapping[str, RoomState]
    voice: Voice | None = field(repr=False)
    volume: int
    quiet: bool
    engine: str
    language: str
    vault: VaultState
    engines_missing: tuple[str, ...] = ()
    family_voices: int = 0
    consents_ending: int = 0
    consent_ends: datetime | None = None
    ttfa_s: float | None = None
    next_greeting: datetime | None = None

    @property
    def waiting(self) -> int:
        """Announcements that wait, in all rooms."""
        return sum(room.waiting for room in self.rooms.values())


def status_of(rooms: Mapping[str, RoomState]) -> AgentStatus:
    """Speaking where any room does, quiet where every room is."""
    if any(room.speaking for room in rooms.values()):
        return AgentStatus.SPEAKING
    if rooms and all(room.quiet for room in rooms.values()):
        return AgentStatus.QUIET
    return AgentStatus.IDLE


def vault_state(family: FamilyVoices) -> VaultState:
    """Whether there is a vault, and whether it is open; one that is damaged is not."""
    if not family.there():
        return VaultState.NONE
    try:
        if not family.locked():
            family.voices()
            return VaultState.UNLOCKED
    except VoicesError:
        pass
    return VaultState.LOCKED
