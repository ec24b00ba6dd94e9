"""The PortAudio adapter against devices that no test machine has."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.errors import SinkError
from hub_agent.sinks import portaudio


class PortAudioError(Exception):
    """As the module has it."""


class Machine:
    """A stand-in for the module: two loudspeakers, one of them with an odd driver."""

    PortAudioError = PortAudioError
    default = SimpleNamespace(device=(-1, 1))

    def __init__(self) -> None:
        self.channels = 1
        self.opened_with: list[dict[str, Any]] = []
        self.refusal: str | None = None
        self.start_fails = False
        self.closed = 0
        self.restarts = 0

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "ALSA"}]

    def query_devices(self) -> list[dict[str, Any]]:
        outputs = [("Microphone", 0), ("Intel PCH", 2), ("USB Speaker: Audio (hw:1,0)", 2)]
        return [
            {
                "name": name,
                "hostapi": 0,
                "max_output_channels": channels,
                "default_samplerate": 44_100.0,
            }
            for name, channels in outputs
        ]

    def OutputStream(self, **options: Any) -> "Machine":  # noqa: N802 – as it is called
        if self.refusal is not None:
            raise PortAudioError(self.refusal)
        if options["channels"] != self.channels:
            raise PortAudioError("Invalid number of channels")
        self.opened_with.append(options)
        return self

    def start(self) -> None:
        if self.start_fails:
            raise PortAudioError("Unanticipated host error")

    def abort(self, *, ignore_errors: bool) -> None:
        assert ignore_errors

    def close(self, *, ignore_errors: bool) -> None:
        assert ignore_errors
        self.closed += 1

    def _terminate(self) -> None:
        self.restarts += 1

    def _initialize(self) -> None:
        return None


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setitem(sys.modules, "sounddevice", machine)
    monkeypatch.setattr(portaudio, "_library", portaudio._Library())
    return machine


def silent(out: NDArray[np.float32], _delay_s: float) -> None:
    out[:] = 0


def open_it(device: str = "default", *, look_again: bool = False) -> portaudio.OpenStream:
    return portaudio.open_stream(device, 48_000, silent, look_again=look_again)


def test_a_device_without_mono_is_opened_in_stereo(machine: Machine) -> None:
    machine.channels = 2
    open_it()

    assert [options["channels"] for options in machine.opened_with] == [2]


@pytest.mark.parametrize(
    ("wanted", "index"), [("default", None), ("usb speaker", 2), ("intel pch", 1), ("hw:1", 2)]
)
def test_a_device_is_found_by_its_name_or_a_part_of_it(
    wanted: str, index: int | None, machine: Machine
) -> None:
    open_it(wanted)

    assert machine.opened_with[0]["device"] == index


@pytest.mark.parametrize("wanted", ["Microphone", "attic"])
def test_what_cannot_play_is_no_loudspeaker(wanted: str, machine: Machine) -> None:
    with pytest.raises(SinkError) as caught:
        open_it(wanted)
    assert caught.value.reason == "no_such_device"
    assert not machine.opened_with


@pytest.mark.parametrize(
    ("said", "reason"),
    [("Invalid sample rate [PaErrorCode -9997]", "sample_rate"), ("busy", "device_away")],
)
def test_what_portaudio_says_becomes_an_error_with_a_hint(
    said: str, reason: str, machine: Machine
) -> None:
    machine.refusal = said
    with pytest.raises(SinkError) as caught:
        open_it()
    assert caught.value.reason == reason
    assert caught.value.hint


def test_a_stream_that_does_not_start_is_closed_again(machine: Machine) -> None:
    machine.start_fails = True
    with pytest.raises(SinkError):
        open_it()
    assert machine.closed == 1


def test_new_devices_are_looked_for_only_while_nothing_plays(machine: Machine) -> None:
    stream = open_it(look_again=True)
    open_it(look_again=True)
    assert machine.restarts == 1

    portaudio.close_stream(stream)
    portaudio.close_stream(stream)
    open_it(look_again=True)
    assert machine.restarts == 2


def test_the_list_names_outputs_only(machine: Machine) -> None:
    devices = portaudio.list_devices()

    assert [device.name for device in devices] == ["Intel PCH", "USB Speaker: Audio (hw:1,0)"]
    assert [device.is_default for device in devices] == [True, False]
    assert (devices[0].host_api, devices[0].channels, devices[0].sample_rate) == ("ALSA", 2, 44_100)
    assert machine.restarts == 1


@pytest.mark.parametrize("use", [portaudio.list_devices, open_it])
def test_a_missing_library_is_an_error_that_says_what_to_install(
    use: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)

    with pytest.raises(SinkError) as caught:
        use()
    assert caught.value.hint == "sudo apt install libportaudio2"
