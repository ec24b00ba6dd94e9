"""PortAudio: the only module that touches sounddevice. All functions block."""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hub_agent.errors import SinkError

_SoundDevice: TypeAlias = Any
"""The module, which has no types."""

_Stream: TypeAlias = Any
_Listing: TypeAlias = Mapping[str, Any]

Fill: TypeAlias = Callable[[NDArray[np.float32], float], None]
"""Fills an array of shape (num_samples, channels), from PortAudio's own thread.

Told in how many seconds its first sample will be heard, 0 where the system does not know.
"""

LATENCY_S = 0.04
"""What the device holds: enough for PulseAudio and USB, and a cut is still over within 100 ms."""

_LOCK_WAIT_S = 2.0
_LIBRARY_HINT = "sudo apt install libportaudio2"
_DEVICES_HINT = "hub-agent devices"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A loudspeaker as PortAudio lists it."""

    name: str
    host_api: str
    channels: int
    sample_rate: int
    is_default: bool


@dataclass(slots=True)
class OpenStream:
    """A running output."""

    handle: _Stream

    def is_active(self) -> bool:
        """Whether the device still asks for samples, as far as PortAudio knows."""
        return bool(self.handle.active)


class _Library:
    """PortAudio, one per process: opening and closing take turns.

    It is only started anew (to see devices that came or went) while no stream is open.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._open_streams = 0

    def __enter__(self) -> _SoundDevice:
        if not self._turn.acquire(timeout=_LOCK_WAIT_S):
            raise SinkError("the audio system hangs", hint=_DEVICES_HINT, reason="device_hangs")
        try:
            return _sounddevice()
        except BaseException:
            self._turn.release()
            raise

    def __exit__(self, *exc: object) -> None:
        self._turn.release()

    def opened(self) -> None:
        self._open_streams += 1

    def closed(self) -> None:
        self._open_streams -= 1

    def look_again(self, sounddevice: _SoundDevice) -> None:
        """Make devices visible that were plugged in since."""
        if self._open_streams == 0:
            with contextlib.suppress(sounddevice.PortAudioError):
                sounddevice._terminate()  # noqa: SLF001 – PortAudio rescans in no other way
            sounddevice._initialize()  # noqa: SLF001 – see above


_library = _Library()


def list_devices() -> list[DeviceInfo]:
    """Every output there is now."""
    with _library as sounddevice:
        try:
            _library.look_again(sounddevice)
            return [info for _, info in _outputs(sounddevice)]
        except sounddevice.PortAudioError as error:
            raise SinkError("the audio system cannot be asked", reason="no_audio") from error


def open_stream(device: str, sample_rate: int, fill: Fill, *, look_again: bool) -> OpenStream:
    """Open and start an output, mono where the device takes it, else on all of two channels.

    Raises `SinkError` when there is no such device or it cannot be opened now.
    """
    with _library as sounddevice:
        try:
            if look_again:
                _library.look_again(sounddevice)
            stream = _open_mono_or_stereo(sounddevice, device, sample_rate, fill)
        except sounddevice.PortAudioError as error:
            raise _cannot_open(error) from error
        _library.opened()
    try:
        stream.start()
    except sounddevice.PortAudioError as error:
        close_stream(OpenStream(stream))
        raise _cannot_open(error) from error
    return OpenStream(stream)


def close_stream(stream: OpenStream) -> None:
    """Stop at once and close; a stream whose device is gone closes as well."""
    stream.handle.abort(ignore_errors=True)
    with _library:
        stream.handle.close(ignore_errors=True)
        _library.closed()


def _open_mono_or_stereo(
    sounddevice: _SoundDevice,
    device: str,
    sample_rate: int,
    fill: Fill,
) -> _Stream:
    index = _find(sounddevice, device)

    def callback(out: NDArray[np.float32], _frames: int, time: Any, _status: object) -> None:
        fill(out, time.outputBufferDacTime - time.currentTime)

    def opened(channels: int) -> _Stream:
        return sounddevice.OutputStream(
            device=index,
            samplerate=sample_rate,
            channels=channels,
            dtype="float32",
            latency=LATENCY_S,
            callback=callback,
        )

    try:
        return opened(1)
    except sounddevice.PortAudioError:
        return opened(2)


def _find(sounddevice: _SoundDevice, wanted: str) -> int | None:
    """The number of a device: its exact name first, then the first that has it as a part."""
    if wanted == "default":
        return None
    names = [(index, info.name.casefold()) for index, info in _outputs(sounddevice)]
    folded = wanted.casefold()
    for index, name in names:
        if name == folded:
            return index
    for index, name in names:
        if folded in name:
            return index
    raise SinkError(
        f"there is no loudspeaker '{wanted}' now", hint=_DEVICES_HINT, reason="no_such_device"
    )


def _outputs(sounddevice: _SoundDevice) -> list[tuple[int, DeviceInfo]]:
    host_apis = sounddevice.query_hostapis()
    default = sounddevice.default.device[1]
    return [
        (index, _info(device, host_apis, is_default=index == default))
        for index, device in enumerate(sounddevice.query_devices())
        if device["max_output_channels"] > 0
    ]


def _info(device: _Listing, host_apis: Sequence[_Listing], *, is_default: bool) -> DeviceInfo:
    return DeviceInfo(
        name=device["name"],
        host_api=host_apis[device["hostapi"]]["name"],
        channels=device["max_output_channels"],
        sample_rate=round(device["default_samplerate"]),
        is_default=is_default,
    )


def _sounddevice() -> _SoundDevice:
    try:
        import sounddevice
    except OSError as error:
        raise SinkError(
            "the PortAudio library is missing", hint=_LIBRARY_HINT, reason="no_portaudio"
        ) from error
    return sounddevice


def _cannot_open(error: Exception) -> SinkError:
    text = str(error).casefold()
    if "sample rate" in text:
        return SinkError(
            "the loudspeaker does not take this sample rate",
            hint="set the room's sample_rate to one that `hub-agent devices` shows",
            reason="sample_rate",
        )
    return SinkError(
        "the loudspeaker cannot be opened now", hint=_DEVICES_HINT, reason="device_away"
    )
