"""The loudspeaker sink against a real PulseAudio daemon."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from tests.fakes.device_player import FREQUENCY_HZ, LEVEL
from tests.fakes.pulse import (
    SAMPLE_RATE,
    PulseServer,
    poll_until,
    running_pulse,
    sounding,
)
from tests.fakes.realtime import in_real_time

pytestmark = pytest.mark.audio_device

_ROOT = Path(__file__).resolve().parents[2]
_RECORDER_LAG_S = 0.05
_ATTACH = SAMPLE_RATE * 0.012
"""The monitor may miss the first 10 ms of a stream that was connected just now."""


class Player:
    """The process that plays."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def event(self, name: str) -> dict[str, Any]:
        """The next event, which must be this one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the player ended before '{name}'"
        event: dict[str, Any] = json.loads(line)
        assert event["event"] == name, event
        return event

    def tell(self, word: str) -> None:
        """Let the scenario go on."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def ended_well(self) -> bool:
        """Wait for the end."""
        return self._process.wait(timeout=20) == 0


@contextmanager
def player(server: PulseServer, *arguments: str) -> Iterator[Player]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.device_player", *arguments],
        cwd=_ROOT,
        env=server.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            yield Player(process)
        finally:
            process.kill()


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[PulseServer]:
    with running_pulse(tmp_path) as server:
        yield server


def _frequency(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / samples.size


def _largest_step(samples: Samples) -> float:
    return float(np.abs(np.diff(samples)).max())


_SINE_STEP = LEVEL * 2 * np.pi * FREQUENCY_HZ / SAMPLE_RATE


@in_real_time
def test_a_sine_leaves_the_loudspeaker_as_it_went_in(pulse: PulseServer) -> None:
    with pulse.recording() as recording, player(pulse, "speak") as playing:
        playing.event("begun")
        finished = playing.event("finished")
        assert playing.ended_well()
        heard = sounding(recording.samples())

    assert finished["underruns"] == 0
    assert abs(heard.size - SAMPLE_RATE) < _ATTACH
    assert abs(heard[-1]) < 2 * _SINE_STEP
    assert _frequency(heard) == pytest.approx(FREQUENCY_HZ, abs=1.0)
    assert np.abs(heard).max() == pytest.approx(LEVEL, rel=0.02)
    assert _largest_step(heard) < 1.1 * _SINE_STEP


@in_real_time
def test_finish_returns_when_the_sound_is_over_and_not_before(pulse: PulseServer) -> None:
    with pulse.recording() as recording, player(pulse, "speak") as playing:
        playing.event("begun")
        at = playing.event("finished")["at"]
        assert playing.ended_well()
        last_sound_at = recording.time_of_last_sound()

    assert abs(at - last_sound_at) < 0.1


@in_real_time
def test_a_cut_fades_the_sound_out_within_a_tenth_of_a_second(pulse: PulseServer) -> None:
    with pulse.recording() as recording, player(pulse, "cut") as playing:
        cutting = playing.event("cutting")
        cut = playing.event("cut")
        poll_until(lambda: recording.quiet_for_s() > 0.3)
        heard = sounding(recording.samples())
        latency_s = recording.time_of_last_sound() - cutting["at"]
        playing.tell("again")
        playing.event("begun")
        playing.event("finished")

    print(f"cut latency {1000 * latency_s:.0f} ms")
    assert latency_s < 0.1 + _RECORDER_LAG_S
    assert 0 < cut["unheard"] <= cutting["unplayed"]
    assert cut["underruns"] == 0
    assert abs(heard.size + cut["unheard"] - SAMPLE_RATE) < _ATTACH
    assert _largest_step(heard) < 1.1 * _SINE_STEP
    assert np.abs(heard[-48:]).max() < LEVEL / 10


@in_real_time
def test_after_a_cut_the_next_utterance_is_heard_in_full(pulse: PulseServer) -> None:
    with pulse.recording() as recording, player(pulse, "cut") as playing:
        playing.event("cutting")
        playing.event("cut")
        poll_until(lambda: recording.quiet_for_s() > 0.1)
        heard_before = recording.num_samples()
        playing.tell("again")
        playing.event("begun")
        playing.event("finished")
        assert playing.ended_well()
        heard = sounding(recording.samples()[heard_before:])

    assert abs(heard.size - SAMPLE_RATE) < _ATTACH
    assert _largest_step(heard) < 1.1 * _SINE_STEP


@in_real_time
def test_a_gap_in_the_middle_counts_once_and_does_not_click(pulse: PulseServer) -> None:
    with pulse.recording() as recording, player(pulse, "starve") as playing:
        finished = playing.event("finished")
        assert playing.ended_well()
        heard = sounding(recording.samples())

    assert finished["underruns"] == 1
    assert _largest_step(heard) < 2 * _SINE_STEP


@in_real_time
def test_an_unplugged_loudspeaker_is_an_error_and_is_found_again(pulse: PulseServer) -> None:
    with player(pulse, "unplug") as playing:
        begun = playing.event("begun")
        pulse.kill()
        lost = playing.event("lost")
        away = playing.event("away")
        pulse.start()
        with pulse.recording() as recording:
            playing.tell("again")
            playing.event("begun")
            playing.event("finished")
            assert playing.ended_well()
            heard = sounding(recording.samples())

    assert lost["reason"] == "device_away"
    assert lost["hint"] == away["hint"] == "hub-agent devices"
    assert lost["at"] - begun["at"] < 3.0
    assert abs(heard.size - SAMPLE_RATE) < _ATTACH


@in_real_time
def test_an_idle_stream_is_closed_and_opens_again_quickly(pulse: PulseServer) -> None:
    def streams() -> str:
        return pulse.pactl("list", "short", "sink-inputs")

    with player(pulse, "idle") as playing:
        playing.event("begun")
        assert streams()
        playing.event("finished")
        poll_until(lambda: not streams())
        playing.tell("again")
        reopened = playing.event("reopened")
        assert playing.ended_well()

    print(f"reopened in {1000 * reopened['took_s']:.1f} ms")
    assert reopened["took_s"] < 0.5


@in_real_time
def test_the_list_of_devices_has_the_default_one(pulse: PulseServer) -> None:
    with player(pulse, "devices") as playing:
        devices = [playing.event("device"), playing.event("device")]
        assert playing.ended_well()

    assert [device["name"] for device in devices if device["default"]] == ["default"]


@in_real_time
def test_a_loudspeaker_is_found_by_a_part_of_its_name(pulse: PulseServer) -> None:
    with pulse.recording() as recording, player(pulse, "speak", "uls") as playing:
        playing.event("begun")
        playing.event("finished")
        assert playing.ended_well()
        heard = sounding(recording.samples())

    assert abs(heard.size - SAMPLE_RATE) < _ATTACH
    assert np.abs(heard).max() == pytest.approx(LEVEL, rel=0.02)


@in_real_time
def test_a_loudspeaker_that_is_not_there_is_an_error_with_a_hint(pulse: PulseServer) -> None:
    with player(pulse, "refused", "attic") as playing:
        refused = playing.event("refused")

    assert refused["reason"] == "no_such_device"
    assert refused["hint"] == "hub-agent devices"


@in_real_time
def test_a_running_stream_costs_little(pulse: PulseServer) -> None:
    with pulse.recording(), player(pulse, "cost") as playing:
        share = playing.event("cost")["share"]

    print(f"playing takes {100 * share:.1f} % of a core")
    assert share < 0.25
