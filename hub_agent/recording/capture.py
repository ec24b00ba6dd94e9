"""PortAudio for microphones: the only module of recording that touches sounddevice.

All functions block and belong to one thread. PortAudio is not started anew here, so that a
loudspeaker that plays at the same time goes on.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from hub_agent.audio.stage import Samples
from hub_agent.recording.errors import MicrophoneError

_SoundDevice: TypeAlias = Any
"""The module, which has no types."""

_Stream: TypeAlias = Any

Take: TypeAlias = Callable[[Samples, bool], None]
"""Takes mono samples, only valid during the call, and whether some were lost before them; called
from PortAudio's own thread."""

USUAL_RATES: Final = (48_000, 44_100, 16_000)
"""In Hz: what voices are made of, tried in this order after the device's own rate."""

_LATENCY_S: Final = 0.05
_LIBRARY_HINT: Final = "sudo apt install libportaudio2"
_SOUND_NODES: Final = Path("/dev/snd")


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneInfo:
    """A microphone as PortAudio lists it."""

    name: str
    host_api: str
    channels: int
    sample_rate: int
    is_default: bool


@dataclass(frozen=True, slots=True)
class OpenInput:
    """A running input."""

    handle: _Stream
    sample_rate: int

    def is_active(self) -> bool:
        """Whether samples still come, as far as PortAudio knows."""
        return bool(self.handle.active)


def list_microphones() -> list[MicrophoneInfo]:
    """Every microphone there is now."""
    sounddevice = _sounddevice()
    try:
        return [info for _, info in _inputs(sounddevice)]
    except sounddevice.PortAudioError as error:
        raise MicrophoneError("the audio system cannot be asked", reason="no_audio") from error


def open_input(device: str, take: Take) -> OpenInput:
    """Open and start a microphone at its own rate, or the first usual one that it takes.

    `device` is "default", a name or a part of one. MicrophoneError says what is in the way.
    """
    sounddevice = _sounddevice()
    try:
        index, info = _find(sounddevice, device)
        return _open_any(sounddevice, index, info, take)
    except sounddevice.PortAudioError as error:
        raise _cannot_open(str(error)) from error


def close_input(stream: OpenInput) -> None:
    """Stop at once and close; a stream whose device is gone closes as well."""
    stream.handle.abort(ignore_errors=True)
    stream.handle.close(ignore_errors=True)


def _open_any(
    sounddevice: _SoundDevice, index: int | None, info: MicrophoneInfo, take: Take
) -> OpenInput:
    """The last refusal is raised when all are refused."""
    refusal: Exception | None = None
    for rate, channels in _ways(info):
        try:
            return OpenInput(_started(sounddevice, index, rate, channels, take), rate)
        except sounddevice.PortAudioError as error:
            refusal = error
            if not _is_about_format(str(error)):
                break
    raise refusal or MicrophoneError("the microphone cannot be opened now", reason="device_away")


def _ways(info: MicrophoneInfo) -> Iterator[tuple[int, int]]:
    own = (info.sample_rate,) if 8_000 <= info.sample_rate <= USUAL_RATES[0] else ()
    for rate in dict.fromkeys(own + USUAL_RATES):
        yield rate, 1
        if info.channels > 1:
            yield rate, 2


def _started(
    sounddevice: _SoundDevice, index: int | None, rate: int, channels: int, take: Take
) -> _Stream:
    def callback(data: Samples, _count: int, _time: object, status: Any) -> None:
        mono = data[:, 0] if channels == 1 else data.mean(axis=1, dtype=np.float32)
        take(mono, bool(status.input_overflow))

    stream = sounddevice.InputStream(
        device=index,
        samplerate=rate,
        channels=channels,
        dtype="float32",
        latency=_LATENCY_S,
        callback=callback,
    )
    try:
        stream.start()
    except sounddevice.PortAudioError:
        stream.close(ignore_errors=True)
        raise
    return stream


def _find(sounddevice: _SoundDevice, wanted: str) -> tuple[int | None, MicrophoneInfo]:
    """The number of a device: its exact name first, then the first that has it as a part."""
    inputs = list(_inputs(sounddevice))
    if not inputs:
        raise _none_at_all()
    if wanted == "default":
        return next((found for found in inputs if found[1].is_default), inputs[0])
    folded = wanted.casefold()
    exact = [found for found in inputs if found[1].name.casefold() == folded]
    part = [found for found in inputs if folded in found[1].name.casefold()]
    if not exact + part:
        raise MicrophoneError(
            f"there is no microphone '{wanted}' now",
            hint=f"one of: {', '.join(info.name for _, info in inputs)}",
            reason="no_such_device",
        )
    return (exact + part)[0]


def _inputs(sounddevice: _SoundDevice) -> Iterator[tuple[int, MicrophoneInfo]]:
    host_apis = sounddevice.query_hostapis()
    default = sounddevice.default.device[0]
    for index, device in enumerate(sounddevice.query_devices()):
        if device["max_input_channels"] > 0:
            yield (
                index,
                _info(device, host_apis[device["hostapi"]]["name"], is_default=index == default),
            )


def _info(device: Mapping[str, Any], host_api: str, *, is_default: bool) -> MicrophoneInfo:
    return MicrophoneInfo(
        name=device["name"],
        host_api=host_api,
        channels=device["max_input_channels"],
        sample_rate=round(device["default_samplerate"]),
        is_default=is_default,
    )


def _sounddevice() -> _SoundDevice:
    try:
        import sounddevice
    except OSError as error:
        raise MicrophoneError(
            "the PortAudio library is missing", hint=_LIBRARY_HINT, reason="no_portaudio"
        ) from error
    return sounddevice


def _is_about_format(text: str) -> bool:
    folded = text.casefold()
    return "sample rate" in folded or "number of channels" in folded


def _cannot_open(text: str) -> MicrophoneError:
    folded = text.casefold()
    if _is_about_format(text):
        return MicrophoneError(
            "the microphone takes no usual sample rate",
            hint="choose another microphone with --device",
            reason="sample_rate",
        )
    if "permission" in folded:
        return _no_permission()
    if "unavailable" in folded or "busy" in folded:
        return MicrophoneError(
            "another program uses the microphone",
            hint="close calls and recorders, then try again",
            reason="device_busy",
        )
    return MicrophoneError(
        "the microphone cannot be opened now",
        hint="plug it in again, then try again",
        reason="device_away",
    )


def _none_at_all() -> MicrophoneError:
    if _is_locked(_SOUND_NODES):
        return _no_permission()
    return MicrophoneError(
        "there is no microphone",
        hint="plug one in, or give recordings with --recordings",
        reason="no_microphone",
    )


def _is_locked(nodes: Path) -> bool:
    """Whether the kernel has microphones that this user may not read."""
    inputs = list(nodes.glob("pcmC*c"))
    return bool(inputs) and not any(os.access(node, os.R_OK | os.W_OK) for node in inputs)


def _no_permission() -> MicrophoneError:
    return MicrophoneError(
        "this user may not use the microphone",
        hint="sudo usermod -aG audio $USER, then log in again",
        reason="no_permission",
    )
