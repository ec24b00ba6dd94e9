"""Where sound goes: the settings of each kind of sink."""

from typing import Annotated, Literal

from pydantic import Field

from hub_agent.settings.base import Name, Section, UserPath

LeadMs = Annotated[
    int,
    Field(
        ge=20,
        le=5000,
        title="Lead",
        description="How far writing may run ahead of real time (ms)",
    ),
]


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
    device: Name = Field(
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
    folder: UserPath = Field(title="Folder", description="Where the files go; made when missing")
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
    path: UserPath = Field(title="Path", description="The named pipe; made when missing")
    lead_ms: LeadMs = 100


class TcpSinkSettings(SinkBase):
    """A TCP server that takes raw 16-bit PCM (a Snapcast `tcp://` source)."""

    type: Literal["tcp"] = Field(title="Kind of sink", description="Raw PCM to a TCP server")
    host: Name = Field(title="Host", description="Name or address of the server")
    port: int = Field(default=4953, ge=1, le=65535, title="Port", description="Port of the server")
    lead_ms: LeadMs = 100


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
