"""Sinks from settings."""

from collections.abc import Callable
from typing import Any

from hub_agent.clock import Clock
from hub_agent.settings.models import RoomSettings
from hub_agent.settings.sinks import (
    DeviceSinkSettings,
    NullSinkSettings,
    PipeSinkSettings,
    SinkSettings,
    TcpSinkSettings,
    WavSinkSettings,
)
from hub_agent.sinks.group import SinkGroup
from hub_agent.sinks.leading import LeadingSilence
from hub_agent.sinks.sink import Sink


def make_sink(settings: SinkSettings, *, sample_rate: int, clock: Clock) -> Sink:
    """The sink these settings describe, with its leading silence."""
    return _after_silence(_bare(settings, sample_rate, clock), settings.leading_silence_ms)


def make_group(name: str, settings: RoomSettings, *, clock: Clock) -> Sink:
    """All sinks of a room as one.

    The longest leading silence among them holds for all, so that they speak in step.
    """
    members = [_bare(sink, settings.sample_rate, clock) for sink in settings.sinks]
    longest_ms = max(sink.leading_silence_ms for sink in settings.sinks)
    return _after_silence(SinkGroup(members, name=name, clock=clock), longest_ms)


def _after_silence(sink: Sink, silence_ms: int) -> Sink:
    return LeadingSilence(sink, silence_ms) if silence_ms else sink


def _bare(settings: SinkSettings, sample_rate: int, clock: Clock) -> Sink:
    return _MAKERS[type(settings)](settings, sample_rate, clock)


def _device(settings: DeviceSinkSettings, sample_rate: int, clock: Clock) -> Sink:
    from hub_agent.sinks.device import DeviceSink

    return DeviceSink(
        device=settings.device,
        sample_rate=sample_rate,
        clock=clock,
        buffer_ms=settings.buffer_ms,
    )


def _wav(settings: WavSinkSettings, sample_rate: int, clock: Clock) -> Sink:
    from hub_agent.sinks.wav_folder import WavFolderSink

    return WavFolderSink(
        settings.folder.expanduser(), sample_rate=sample_rate, clock=clock, keep=settings.keep
    )


def _pipe(settings: PipeSinkSettings, sample_rate: int, clock: Clock) -> Sink:
    from hub_agent.sinks.pcm import PipeSink

    return PipeSink(settings.path, sample_rate=sample_rate, clock=clock, lead_ms=settings.lead_ms)


def _tcp(settings: TcpSinkSettings, sample_rate: int, clock: Clock) -> Sink:
    from hub_agent.sinks.tcp import TcpSink

    return TcpSink(
        settings.host,
        settings.port,
        sample_rate=sample_rate,
        clock=clock,
        lead_ms=settings.lead_ms,
    )


def _null(settings: NullSinkSettings, sample_rate: int, clock: Clock) -> Sink:
    from hub_agent.sinks.null import NullSink

    return NullSink(sample_rate=sample_rate, clock=clock, paced=settings.paced)


_MAKERS: dict[type[Any], Callable[[Any, int, Clock], Sink]] = {
    DeviceSinkSettings: _device,
    WavSinkSettings: _wav,
    PipeSinkSettings: _pipe,
    TcpSinkSettings: _tcp,
    NullSinkSettings: _null,
}
