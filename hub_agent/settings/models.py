"""The core's settings; every integration brings its own section (`IntegrationPlugin.settings`)."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub_agent.announcement import InterruptPolicy, Priority
from hub_agent.settings.base import Section

RoomName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
PriorityName = Literal["low", "normal", "high", "critical"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class SinkBase(Section):
    """What all sinks have."""

    leading_silence_ms: int = Field(
        default=0,
        ge=0,
        le=5000,
        title="Leading silence",
        description="Silence before the first sound, for loudspeakers that wake slowly (ms)",
    )


class DeviceSinkSettings(SinkBase):
    """A loudspeaker of this machine, through PortAudio."""

    type: Literal["device"] = Field(
        title="Kind of sink", description="A loudspeaker of this machine"
    )
    device: str = Field(
        default="default",
        title="Device",
        description="Name or part of a name as `hub-agent devices` prints it, or `default`",
    )
    buffer_ms: int = Field(
        default=200,
        ge=40,
        le=2000,
        title="Buffer",
        description="How far writing may run ahead of playing (ms)",
    )


class WavSinkSettings(SinkBase):
    """A folder that receives one WAV file per announcement."""

    type: Literal["wav"] = Field(title="Kind of sink", description="One WAV file per announcement")
    folder: Path = Field(title="Folder", description="Where the files go; made when missing")
    keep: int = Field(
        default=100,
        ge=1,
        le=100_000,
        title="Files kept",
        description="Oldest files beyond this number are removed",
    )


class PipeSinkSettings(SinkBase):
    """A named pipe that takes raw 16-bit PCM (a Snapcast `pipe://` source)."""

    type: Literal["pipe"] = Field(title="Kind of sink", description="Raw PCM into a named pipe")
    path: Path = Field(title="Path", description="The named pipe; made when missing")
    lead_ms: int = Field(
        default=100,
        ge=20,
        le=5000,
        title="Lead",
        description="How far writing may run ahead of real time (ms)",
    )


class TcpSinkSettings(SinkBase):
    """A TCP server that takes raw 16-bit PCM (a Snapcast `tcp://` source)."""

    type: Literal["tcp"] = Field(title="Kind of sink", description="Raw PCM to a TCP server")
    host: str = Field(title="Host", description="Name or address of the server")
    port: int = Field(default=4953, ge=1, le=65535, title="Port", description="Port of the server")
    lead_ms: int = Field(
        default=100,
        ge=20,
        le=5000,
        title="Lead",
        description="How far writing may run ahead of real time (ms)",
    )


class NullSinkSettings(SinkBase):
    """Nothing is heard: for tests and measurements."""

    type: Literal["null"] = Field(title="Kind of sink", description="Nothing is heard")
    paced: bool = Field(
        default=False, title="Paced", description="Take samples in real time instead of at once"
    )


SinkSettings = Annotated[
    DeviceSinkSettings | WavSinkSettings | PipeSinkSettings | TcpSinkSettings | NullSinkSettings,
    Field(discriminator="type"),
]


class QuietHours(Section):
    """A daily span in which only urgent announcements are spoken."""

    start: time = Field(title="From", description="Local time, for example 22:00")
    end: time = Field(title="Until", description="Local time; before `start` means the next day")
    days: tuple[Weekday, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        title="Days",
        description="Days on which the span starts",
    )
    allow: tuple[PriorityName, ...] = Field(
        default=("critical",),
        title="Allowed priorities",
        description="Priorities that may still speak",
    )


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
    chime: str | None = Field(
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

    engine: str = Field(
        default="embedded", title="Engine", description="Name as `hub-agent engines` prints it"
    )
    voice: str | None = Field(
        default=None,
        title="Voice",
        description="Default voice; none: the engine's best for the language",
    )
    language: str = Field(
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
        title="Unload after",
        description="Idle seconds after which an engine gives memory back; 0: never",
    )


class QueueSettings(Section):
    """How many announcements may wait and what is remembered of past ones."""

    size: int = Field(
        default=32, ge=1, le=1000, title="Places", description="Waiting announcements per room"
    )
    default_expiry_s: float | None = Field(
        default=None,
        gt=0,
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


class WebSettings(Section):
    """Health and metrics over HTTP."""

    enabled: bool = Field(
        default=True, title="Enabled", description="Serve /healthz, /readyz and /metrics"
    )
    host: str = Field(default="127.0.0.1", title="Host", description="Address to listen on")
    port: int = Field(
        default=8731, ge=0, le=65535, title="Port", description="Port; 0 takes a free one"
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

    agent_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")] = Field(
        default="hub_agent",
        title="Agent id",
        description="Stable id of this agent on every protocol",
    )
    data_dir: Path | None = Field(
        default=None,
        title="Data folder",
        description="Where the agent keeps its state; none: the user's data folder",
    )
    default_room: RoomName | None = Field(
        default=None,
        title="Default room",
        description="Where announcements without a target go; none: the first room",
    )
    rooms: dict[RoomName, RoomSettings] = Field(
        default_factory=lambda: {"home": RoomSettings(sinks=(DeviceSinkSettings(type="device"),))},
        min_length=1,
        max_length=64,
        title="Rooms",
        description="Rooms (sink groups) by name",
    )
    speech: SpeechSettings = Field(
        default=SpeechSettings(), title="Speech", description="How it sounds"
    )
    queue: QueueSettings = Field(default=QueueSettings(), title="Queue", description="What waits")
    web: WebSettings = Field(default=WebSettings(), title="Web", description="Health and metrics")
    log: LogSettings = Field(default=LogSettings(), title="Log", description="Logging")


def priority_of(name: PriorityName) -> Priority:
    """The priority that a settings word names."""
    return Priority[name.upper()]
