"""The microphone adapter against devices that no test machine has."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.recording import capture, microphone
from hub_agent.recording.capture import list_microphones, open_input
from hub_agent.recording.errors import MicrophoneError
from hub_agent.recording.microphone import Microphone

RATE = 48_000


class PortAudioError(Exception):
    """As the module has it."""


class Machine:
    """A stand-in for the module: a loudspeaker and two microphones."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        self.names = ["Built-in", "USB Headset: Audio (hw:1,0)"]
        self.rate = 48_000.0
        self.default = SimpleNamespace(device=(1, 0))
        self.takes_rates: set[int] = {48_000, 44_100, 16_000}
        self.takes_channels = {1, 2}
        self.refusal: str | None = None
        self.start_refusal: str | None = None
        self.opened_with: dict[str, Any] = {}
        self.active = True
        self.closed = 0

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "ALSA"}]

    def query_devices(self) -> list[dict[str, Any]]:
        rows = [("Loudspeaker", 0), *((name, 2) for name in self.names)]
        return [
            {
                "name": name,
                "hostapi": 0,
                "max_input_channels": channels,
                "default_samplerate": self.rate,
            }
            for name, channels in rows
        ]

    def InputStream(self, **options: Any) -> "Machine":  # noqa: N802 – as it is called
        if self.refusal is not None:
            raise PortAudioError(self.refusal)
        if options["samplerate"] not in self.takes_rates:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        if options["channels"] not in self.takes_channels:
            raise PortAudioError("Invalid number of channels [PaErrorCode -9998]")
        self.opened_with = options
        return self

    def start(self) -> None:
        if self.start_refusal is not None:
            raise PortAudioError(self.start_refusal)

    def abort(self, *, ignore_errors: bool) -> None:
        assert ignore_errors

    def close(self, *, ignore_errors: bool) -> None:
        assert ignore_errors
        self.closed += 1

    def hears(self, samples: Samples, *, overflow: bool = False) -> None:
        """Call back as PortAudio does, with one column a channel."""
        status = SimpleNamespace(input_overflow=overflow)
        columns = samples if samples.ndim == 2 else samples[:, np.newaxis]
        self.opened_with["callback"](columns, len(columns), None, status)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setitem(sys.modules, "sounddevice", machine)
    monkeypatch.setattr(capture, "_SOUND_NODES", Path("/nowhere"))
    return machine


def _ignore(_samples: Samples, _lost: bool) -> None:
    return None


def _refusal(device: str = "default") -> MicrophoneError:
    with pytest.raises(MicrophoneError) as caught:
        open_input(device, _ignore)
    assert caught.value.hint is not None
    return caught.value


def _ramp(count: int) -> Samples:
    return np.arange(1, count + 1, dtype=np.float32)


def test_only_what_can_hear_is_a_microphone(machine: Machine) -> None:
    found = list_microphones()

    assert [each.name for each in found] == machine.names
    assert [each.is_default for each in found] == [True, False]


@pytest.mark.parametrize(
    ("wanted", "index"), [("default", 1), ("built-in", 1), ("usb head", 2), ("hw:1", 2)]
)
def test_a_microphone_is_found_by_its_name_or_a_part_of_it(
    wanted: str, index: int, machine: Machine
) -> None:
    open_input(wanted, _ignore)

    assert machine.opened_with["device"] == index


def test_without_a_default_the_first_microphone_is_taken(machine: Machine) -> None:
    machine.default = SimpleNamespace(device=(-1, 0))
    open_input("default", _ignore)

    assert machine.opened_with["device"] == 1


@pytest.mark.parametrize(
    ("own", "takes", "rate"),
    [
        (44_100.0, {44_100, 48_000}, 44_100),
        (44_100.0, {48_000}, 48_000),
        (192_000.0, {192_000, 48_000}, 48_000),
        (8_000.0, {8_000}, 8_000),
        (48_000.0, {16_000}, 16_000),
    ],
)
def test_the_rate_is_the_devices_own_or_the_first_usual_one_it_takes(
    own: float, takes: set[int], rate: int, machine: Machine
) -> None:
    machine.rate, machine.takes_rates = own, takes

    assert open_input("default", _ignore).sample_rate == rate


def test_a_stereo_microphone_is_heard_as_the_mean_of_both(machine: Machine) -> None:
    machine.takes_channels = {2}
    with Microphone() as listening:
        machine.hears(np.array([[0.5, 0.1], [-0.5, 0.5]], np.float32))

        assert listening.read(1.0) == pytest.approx([0.3, 0.0])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Device unavailable [PaErrorCode -9985]", "device_busy"),
        ("Unanticipated host error: Device or resource busy", "device_busy"),
        ("Unanticipated host error: Permission denied", "no_permission"),
        ("Illegal combination of I/O devices", "device_away"),
    ],
)
@pytest.mark.parametrize("when", ["opening", "starting"])
def test_what_is_in_the_way_is_told(said: str, reason: str, when: str, machine: Machine) -> None:
    if when == "opening":
        machine.refusal = said
    else:
        machine.start_refusal = said

    assert _refusal().reason == reason
    assert machine.closed == (when == "starting")


def test_a_microphone_without_a_usual_rate_is_told(machine: Machine) -> None:
    machine.takes_rates = {96_000}

    assert _refusal().reason == "sample_rate"


def test_a_name_that_is_not_there_is_answered_with_those_that_are(machine: Machine) -> None:
    error = _refusal("attic")

    assert error.reason == "no_such_device"
    assert all(name in str(error.hint) for name in machine.names)


def test_a_machine_without_a_microphone_is_told(machine: Machine) -> None:
    machine.names = []

    assert _refusal().reason == "no_microphone"


def test_microphones_that_the_user_may_not_open_are_told(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.names = []
    (tmp_path / "pcmC0D0c").touch()
    monkeypatch.setattr(capture, "_SOUND_NODES", tmp_path)
    monkeypatch.setattr("os.access", lambda _path, _mode: False)

    error = _refusal()
    assert error.reason == "no_permission"
    assert "audio" in str(error.hint)


def test_what_is_heard_is_read_once_and_in_order(machine: Machine) -> None:
    with Microphone() as listening:
        machine.hears(_ramp(100))
        machine.hears(_ramp(50))

        assert np.array_equal(listening.read(1.0), np.concatenate([_ramp(100), _ramp(50)]))
        assert listening.read(0.0).size == 0
        assert listening.overflows == 0


def test_what_does_not_fit_is_lost_and_counted(machine: Machine) -> None:
    with Microphone(ring_s=0.01) as listening:
        machine.hears(_ramp(400))
        machine.hears(_ramp(400))
        assert listening.overflows == 1
        machine.hears(_ramp(1), overflow=True)

        assert listening.overflows == 2
        assert listening.read(1.0).size == 480


def test_what_is_discarded_is_not_read(machine: Machine) -> None:
    with Microphone() as listening:
        machine.hears(_ramp(100))
        listening.discard()
        machine.hears(_ramp(3))

        assert np.array_equal(listening.read(1.0), _ramp(3))


def test_nothing_of_a_voice_stays_in_the_ring(machine: Machine) -> None:
    with Microphone() as listening:
        machine.hears(_ramp(1_000))
        listening.read(1.0)
        machine.hears(_ramp(1_000))

    assert not listening._ring._buffer.any()
    assert machine.closed == 1


def test_a_stream_that_ended_is_a_microphone_that_went_away(machine: Machine) -> None:
    with Microphone() as listening:
        machine.hears(_ramp(10))
        listening.read(1.0)
        machine.active = False

        with pytest.raises(MicrophoneError) as caught:
            listening.read(1.0)
    assert caught.value.reason == "device_away"


def test_a_microphone_that_says_nothing_more_went_away(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "_GONE_S", 0.02)
    with Microphone() as listening:
        machine.hears(_ramp(10))
        listening.read(1.0)

        with pytest.raises(MicrophoneError):
            listening.read(1.0)
