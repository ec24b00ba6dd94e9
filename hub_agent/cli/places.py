"""Where `say` puts the sound: rooms of the settings, or a sink for this call only."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from hub_agent.clock import SystemClock
from hub_agent.errors import NotFoundError, UsageError
from hub_agent.paths import credentials_folder, data_folder, make_data_folder
from hub_agent.settings.models import CoreSettings, RoomSettings
from hub_agent.settings.sinks import DeviceSinkSettings, NullSinkSettings
from hub_agent.sinks.sink import Sink

if TYPE_CHECKING:
    from hub_agent.sinks.speech_file import Sealing

STANDARD_OUTPUT: Final = "-"
MakeSink: TypeAlias = Callable[[int], Sink]
"""Makes a sink for a sample rate."""

AD_HOC: Final = {
    "device": RoomSettings(sinks=(DeviceSinkSettings(type="device"),)),
    "null": RoomSettings(sinks=(NullSinkSettings(type="null"),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InRooms:
    """Rooms by name; none means the default one."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntoSink:
    """A sink of this process; `sample_rate` is what it must have, None for the engine's own."""

    make: MakeSink
    sample_rate: int | None


Place: TypeAlias = InRooms | IntoSink


def place_of(
    settings: CoreSettings,
    *,
    rooms: tuple[str, ...],
    sink: str | None,
    out: str | None,
    sample_rate: int | None,
    c2pa: bool = False,
) -> Place:
    """What the options of `say` mean. Raises `UsageError` or `NotFoundError`."""
    if sum(map(bool, (rooms, sink, out))) > 1:
        raise UsageError("--room, --sink and --out exclude each other", hint="hub-agent say --help")
    if sample_rate and not out:
        raise UsageError("--sample-rate goes with --out only", hint="hub-agent say --help")
    if c2pa and out in (None, STANDARD_OUTPUT):
        raise UsageError("--c2pa goes with a file only", hint="--out hello.wav --c2pa")
    if out == STANDARD_OUTPUT:
        return IntoSink(make=_standard_output, sample_rate=sample_rate)
    if out:
        return _into_file(out, sample_rate, settings if c2pa else None)
    if sink and sink not in settings.rooms:
        return _into_ad_hoc(sink)
    names = (sink,) if sink else rooms
    for name in names:
        _require_room(settings, name)
    return InRooms(names=names)


def _into_file(out: str, sample_rate: int | None, signed: CoreSettings | None) -> IntoSink:
    from hub_agent.sinks.speech_file import SUFFIXES

    path = Path(os.path.realpath(out))
    with suppress(OSError):  # the sink tells, which opens it
        if path.exists() and not path.is_file():
            raise UsageError(f"{out} is no file", hint="--out hello.wav, or --out - for raw PCM")
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{out} does not say what kind of file it is to be",
            hint=f"a name that ends with {', '.join(SUFFIXES)}; --out - for raw PCM",
        )
    sealing = None if signed is None else _sealing(path, signed)
    return IntoSink(make=lambda rate: _file(path, rate, sealing), sample_rate=sample_rate)


def _sealing(path: Path, settings: CoreSettings) -> "Sealing":
    from hub_agent.labels.credentials import content_credentials

    folder = credentials_folder(make_data_folder(data_folder(settings.data_dir)))
    return content_credentials(path, folder, SystemClock()).seal


def _standard_output(sample_rate: int) -> Sink:
    """Raw PCM: a stream has no place for a label."""
    from hub_agent.sinks.pcm import StreamSink

    return StreamSink(sys.stdout.fileno(), sample_rate=sample_rate)


def _file(path: Path, sample_rate: int, sealing: "Sealing | None") -> Sink:
    from hub_agent.sinks.speech_file import SpeechFile

    return SpeechFile(path, sample_rate=sample_rate, sealing=sealing)


def _into_ad_hoc(name: str) -> IntoSink:
    if name not in AD_HOC:
        raise NotFoundError(
            f"there is no room or sink {name!r}", hint="a room of the settings, device or null"
        )
    room = AD_HOC[name]

    def make(_rate: int) -> Sink:
        from hub_agent.sinks.make import make_group

        return make_group(name, room, clock=SystemClock())

    return IntoSink(make=make, sample_rate=room.sample_rate)


def _require_room(settings: CoreSettings, name: str) -> None:
    if name not in settings.rooms and name != "all":
        known = ", ".join(settings.rooms)
        raise NotFoundError(f"there is no room {name!r}", hint=f"rooms are: {known}")
