"""The core's settings; every integration brings its own section (`IntegrationPlugin.settings`)."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from hub_agent.announcement import ALL_ROOMS, InterruptPolicy
from hub_agent.settings.base import Expected, Name, Section, UserPath, wrong
from hub_agent.settings.engines import EngineSettings
from hub_agent.settings.greetings import GreetingSettings
from hub_agent.settings.labels import LabelSettings
from hub_agent.settings.sinks import DeviceSinkSettings, SinkSettings
from hub_agent.settings.trust import AuditSettings, VaultSettings, WatermarkSettings
from hub_agent.settings.values import (
    WEEKDAYS,
    ChimeName,
    ClockTime,
    Language,
    PlainName,
    PriorityName,
    RoomName,
    Weekday,
)


class QuietHours(Section):
    """A daily span in which only urgent announcements are spoken."""

    start: ClockTime = Field(title="From", description="Local time, for example 22:00")
    end: ClockTime = Field(
        title="Until", description="Local time; before `start` means the next day"
    )
    days: tuple[Weekday, ...] = Field(
        default=WEEKDAYS,
        title="Days",
        description="Days on which the span starts",
    )
    allow: tuple[PriorityName, ...] = Field(
        default=("critical",),
        title="Allowed priorities",
        description="Priorities that may still speak",
    )

    @field_validator("end")
    @classmethod
    def _spans_time(cls, end: time, info: ValidationInfo) -> time:
        if end == info.data.get("start"):
            raise wrong(
                "is the same as start", suggestion="a span; a whole day is 00:00 to 23:59:59"
            )
        return end


class DuckingSettings(Section):
    """Other sound of this machine gets quieter while the room speaks (PulseAudio, PipeWire)."""

    enabled: bool = Field(
        default=False,
        title="Enabled",
        description="Lower other programs while speaking (needs `pactl`)",
    )
    level_percent: int = Field(
        default=25,
        ge=0,
        le=100,
        title="Level",
        description="What is left of the others' volume (%)",
    )


class RoomSettings(Section):
    """A room (sink group): what plays in it and when it may."""

    sinks: tuple[SinkSettings, ...] = Field(
        min_length=1, max_length=16, title="Sinks", description="Everything that plays in this room"
    )
    sample_rate: int = Field(
        default=48_000,
        ge=8_000,
        le=192_000,
        title="Sample rate",
        description="Of all sinks here (Hz)",
    )
    volume: int = Field(
        default=100, ge=0, le=100, title="Volume", description="The room's own volume (%)"
    )
    chime: ChimeName | None = Field(
        default=None,
        title="Chime",
        description="Chime before every announcement: `soft`, `bell`, `alert`, or a WAV file",
    )
    quiet_hours: tuple[QuietHours, ...] = Field(
        default=(),
        title="Quiet hours",
        description="Spans in which only urgent announcements speak",
    )
    ducking: DuckingSettings = Field(
        default=DuckingSettings(),
        title="Ducking",
        description="Lower other programs while speaking",
    )


class SpeechSettings(Section):
    """How announcements sound that do not say otherwise."""

    engine: Name = Field(
        default="embedded", title="Engine", description="Name as `hub-agent engines` prints it"
    )
    family_engines: tuple[Name, ...] = Field(
        default=(),
        max_length=4,
        title="Engines for family voices",
        description="The preferred first; where one fails the next goes on in the same person's "
        "voice; none: `speech.engine`",
    )
    voice: Name | None = Field(
        default=None,
        title="Voice",
        description="Default voice, a family member's or an engine's; none: the engine's best for "
        "the language",
    )
    stock_fallback: bool = Field(
        default=False,
        title="Stock fallback",
        description="Let a stock voice speak where a family voice may not; else nothing is said",
    )
    language: Language = Field(
        default="en-us",
        title="Language",
        description="Language of texts that do not say theirs (BCP 47)",
    )
    rate: float = Field(
        default=1.0, ge=0.4, le=3.0, title="Rate", description="Speaking rate; 1 is normal"
    )
    pitch: float = Field(
        default=1.0, ge=0.5, le=2.0, title="Pitch", description="Pitch; 1 is normal"
    )
    gain_db: float = Field(
        default=0.0, ge=-40, le=20, title="Gain", description="Fixed gain before the limiter (dB)"
    )
    unload_after_s: float = Field(
        default=600.0,
        ge=0,
        le=604_800,
        title="Unload after",
        description="Idle seconds after which an engine gives memory back; 0: never",
    )
    phrase_cache_mb: int = Field(
        default=64,
        ge=0,
        le=4096,
        title="Phrase cache",
        description="What family voices said by a slow engine is kept, encrypted like the voice, "
        "and is said again at once (MB, about 8 s each); 0: nothing is kept",
    )

    @property
    def phrase_cache_bytes(self) -> int:
        """`phrase_cache_mb` in bytes."""
        return self.phrase_cache_mb * 1_000_000


class QueueSettings(Section):
    """How many announcements may wait and what is remembered of past ones."""

    size: int = Field(
        default=32, ge=1, le=1000, title="Places", description="Waiting announcements per room"
    )
    default_expiry_s: float | None = Field(
        default=None,
        gt=0,
        le=86_400,
        title="Default expiry",
        description="Seconds after which a waiting announcement is dropped",
    )
    default_interrupt: InterruptPolicy = Field(
        default=InterruptPolicy.RESUME,
        title="Default interrupt policy",
        description="What becomes of an interrupted announcement: resume, restart or drop",
    )
    remember_ids: int = Field(
        default=4096,
        ge=1,
        le=1_000_000,
        title="Remembered ids",
        description="How many past ids are known as duplicates",
    )
    cool_down_s: float = Field(
        default=30.0,
        ge=0,
        le=86_400,
        title="Cool-down",
        description="Seconds in which the same dedupe key speaks once",
    )


class LogSettings(Section):
    """Logging to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", title="Level", description="Least severity that is logged"
    )
    format: Literal["auto", "console", "json"] = Field(
        default="auto", title="Format", description="auto: console on a terminal, JSON elsewhere"
    )


class CoreSettings(Section):
    """Everything but the integrations."""

    agent_id: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z0-9_]{1,32}$"),
        Expected("lower-case letters, digits and _, at most 32"),
    ] = Field(
        default="hub_agent",
        title="Agent id",
        description="Stable id of this agent on every protocol",
    )
    data_dir: UserPath | None = Field(
        default=None,
        title="Data folder",
        description="Where the agent keeps its state; none: the user's data folder",
    )
    rooms: dict[RoomName, RoomSettings] = Field(
        default_factory=lambda: {"home": RoomSettings(sinks=(DeviceSinkSettings(type="device"),))},
        min_length=1,
        max_length=64,
        title="Rooms",
        description="Rooms (sink groups) by name",
    )
    default_room: RoomName | None = Field(
        default=None,
        title="Default room",
        description="Where announcements without a target go; none: the first room",
    )
    speech: SpeechSettings = Field(
        default=SpeechSettings(), title="Speech", description="How it sounds"
    )
    engines: EngineSettings = Field(
        default=EngineSettings(), title="Engines", description="What engines need to know"
    )
    queue: QueueSettings = Field(default=QueueSettings(), title="Queue", description="What waits")
    greetings: dict[PlainName, GreetingSettings] = Field(
        default_factory=dict,
        max_length=32,
        title="Greetings",
        description="What is said at a time of day, by a name that Home Assistant shows",
    )
    vault: VaultSettings = Field(
        default=VaultSettings(), title="Vault", description="The encrypted family voices"
    )
    labels: LabelSettings = Field(
        default=LabelSettings(),
        title="Labels",
        description="What says that speech is synthetic",
    )
    watermark: WatermarkSettings = Field(
        default=WatermarkSettings(), title="Watermark", description="The mark on speech"
    )
    audit: AuditSettings = Field(
        default=AuditSettings(), title="Audit", description="The record of what was said"
    )
    log: LogSettings = Field(default=LogSettings(), title="Log", description="Logging")

    @field_validator("default_room")
    @classmethod
    def _room_exists(cls, name: str | None, info: ValidationInfo) -> str | None:
        rooms = info.data.get("rooms", (info.context or {}).get("rooms"))
        if name is not None and isinstance(rooms, Mapping) and name not in rooms:
            raise wrong("is not among the rooms", choices=rooms)
        return name

    @field_validator("greetings")
    @classmethod
    def _greeted_rooms_exist(
        cls, greetings: dict[str, GreetingSettings], info: ValidationInfo
    ) -> dict[str, GreetingSettings]:
        rooms = info.data.get("rooms")
        named = {room for greeting in greetings.values() for room in greeting.rooms}
        if rooms is not None and not named <= {*rooms, ALL_ROOMS}:
            raise wrong("name a room that is not there", choices=(*rooms, ALL_ROOMS))
        return greetings
