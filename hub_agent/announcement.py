"""What is asked (`Announcement`), what happened on the way (`AnnouncementEvent`), how it ended."""

import uuid
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from voices.purpose import Purpose

MAX_TEXT_CHARS = 10_000
MAX_TARGETS = 32
ALL_ROOMS = "all"


class Priority(IntEnum):
    """How urgent; a higher one interrupts a lower one."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    CRITICAL = 3


class InterruptPolicy(StrEnum):
    """What becomes of an announcement that a more urgent one interrupts."""

    RESUME = "resume"
    RESTART = "restart"
    DROP = "drop"


class AudibleLabel(StrEnum):
    """What tells listeners that speech is synthetic, from less to more."""

    NONE = "none"
    RHYTHM = "rhythm"
    SPOKEN = "spoken"


class Outcome(StrEnum):
    """How an announcement ended; every accepted one has exactly one outcome."""

    SPOKEN = "spoken"
    INTERRUPTED = "interrupted"
    EXPIRED = "expired"
    REFUSED = "refused"
    REJECTED = "rejected"
    DROPPED = "dropped"
    DUPLICATE = "duplicate"
    FAILED = "failed"


def new_announcement_id() -> str:
    """A fresh id for an announcement whose sender gave none."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A request to speak, already validated and bounded by the adapter that received it.

    `volume` is 0–100 of the room's full scale, None for the room's own. `expires_s` counts from
    acceptance. `dedupe_key` drops a repeat within `cool_down_s`. `targets` are room names or
    `ALL_ROOMS`; empty means the default room.
    `interrupt` None means the settings' policy, `chime` None the room's own, an empty one none.
    `purpose` is what a family voice must have consented to; `stock_fallback` lets a stock voice
    speak where the asked-for one may not, None as the settings say. `audible_label` is heard where
    the settings demand no stronger one.
    """

    text: str = field(repr=False)
    id: str = field(default_factory=new_announcement_id)
    voice: str | None = None
    language: str | None = None
    engine: str | None = None
    purpose: Purpose = Purpose.ANNOUNCEMENTS
    stock_fallback: bool | None = None
    targets: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    volume: int | None = None
    chime: str | None = None
    expires_s: float | None = None
    interrupt: InterruptPolicy | None = None
    dedupe_key: str | None = field(default=None, repr=False)
    cool_down_s: float | None = None
    audible_label: AudibleLabel = AudibleLabel.NONE


class EventType(StrEnum):
    """Steps on the way of one announcement, as listeners see them."""

    QUEUED = "queued"
    STARTED = "started"
    FIRST_AUDIO = "first_audio"
    INTERRUPTED = "interrupted"
    RESULT = "result"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementResult:
    """The one result of an announcement.

    `ttfa_s`: accepted → first audible sample handed to the sink, None if nothing was audible.
    `audio_s`: audio that was heard. `rtf`: synthesis time ÷ audio time. `lasted_s`: accepted →
    ended. `reason` is a stable word when the outcome is not `spoken`. `rooms` holds the outcome
    in each addressed room. `voice_refused` says why a stock voice spoke instead of the one that
    was asked for, `engine_failed` why another engine than `engine` went on in the same voice.
    """

    id: str
    outcome: Outcome
    reason: str | None = None
    engine: str | None = None
    voice: str | None = None
    ttfa_s: float | None = None
    audio_s: float = 0.0
    rtf: float | None = None
    lasted_s: float = 0.0
    voice_refused: str | None = None
    engine_failed: str | None = None
    rooms: dict[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementEvent:
    """One step; `result` is set exactly when `type` is `RESULT`.

    `origin` names the adapter the announcement came through ("mqtt", "cli", …). `room` is None
    for steps of the whole announcement. Carries no text.
    """

    type: EventType
    id: str
    origin: str
    room: str | None = None
    reason: str | None = None
    ttfa_s: float | None = None
    result: AnnouncementResult | None = None
