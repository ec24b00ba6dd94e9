"""Recording from the monitor of a real PulseAudio, with a person at a pseudo-terminal.

The recording process is this module run by itself: PortAudio reads its environment once.
"""

import json
import os
import pty
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.engines.espeak import ESpeak, Pcm16, SpeechEvent
from hub_agent.recording.capture import list_microphones
from hub_agent.recording.errors import AbandonedError, MicrophoneError
from hub_agent.recording.guided import record_prompts
from hub_agent.recording.microphone import Microphone
from hub_agent.recording.playback import play
from hub_agent.recording.session import Judgement
from tests.fakes.pulse import (
    SAMPLE_RATE,
    SINK,
    PulseServer,
    poll_until,
    running_pulse,
    sounding,
)
from tests.fakes.realtime import in_real_time
from voices.prompts.prompt import Prompt

pytestmark = pytest.mark.audio_device

_ROOT = Path(__file__).resolve().parents[2]
_FREQUENCY_HZ = 440.0
_LEVEL = 0.25
_SENTENCE = "Good morning, all."


def say(event: str, **values: Any) -> None:
    """One line for the test."""
    print(json.dumps({"event": event, "at": time.monotonic(), **values}), flush=True)


def listen(device: str = "default") -> None:
    """Record until told to stop, then say what was heard."""
    heard: list[Samples] = []
    stop = threading.Event()

    def wait_for_the_test() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=wait_for_the_test, daemon=True).start()
    with Microphone(device) as microphone:
        say("open", rate=microphone.sample_rate)
        while not stop.is_set():
            heard.append(microphone.read(0.1))
            if heard[-1].any():
                say("sound")
        overflows = microphone.overflows
        rate = microphone.sample_rate
    say("heard", overflows=overflows, **_described(np.concatenate(heard), rate))


def unplug() -> None:
    """Record until the microphone is gone."""
    with Microphone() as microphone:
        microphone.read(1.0)
        say("open")
        try:
            while True:
                microphone.read(0.1)
        except MicrophoneError as error:
            say("lost", reason=error.reason)


def look_away() -> None:
    """Do not read until samples are lost."""
    with Microphone(ring_s=0.1) as microphone:
        poll_until(lambda: microphone.overflows > 0)
        say("lost", samples=microphone.read(0.0).size)


def missing() -> None:
    """Ask for a microphone that is not there."""
    say("found", names=[each.name for each in list_microphones()])
    try:
        Microphone("attic").__enter__()
    except MicrophoneError as error:
        say("refused", reason=error.reason)


def guided() -> None:
    """A whole session of one prompt at the terminal; the first take is refused."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))  # makes it the one that Ctrl-C comes from
    prompts = [Prompt(id="en-1", text=_SENTENCE, language="en")]
    judged: list[int] = []

    def judge(samples: Samples, _rate: int, _text: str) -> Judgement:
        judged.append(samples.size)
        return Judgement(len(judged) > 1, "Please come a little closer.")

    try:
        result = record_prompts(prompts, judge, target_s=1.0)
    except AbandonedError:
        say("abandoned")
        return
    except KeyboardInterrupt:
        say("interrupted")
        return
    durations = [recording.duration_s for recording in result.recordings()]
    say("recorded", durations=durations, speech_s=result.speech_s, noise=result.noise_dbfs)


def lay_back() -> None:
    """Play a take that is stopped at once, and another to its end."""
    started = time.monotonic()
    play(_sine(20.0), SAMPLE_RATE, lambda: True)
    say("stopped", took_s=time.monotonic() - started)
    play(_sine(0.5), SAMPLE_RATE, lambda: False)
    say("played")


def _described(samples: Samples, rate: int) -> dict[str, float]:
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    part = samples[loud[0] : loud[-1] + 1]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size)))
    return {
        "duration_s": part.size / rate,
        "frequency_hz": float(np.argmax(spectrum)) * rate / part.size,
        "peak": float(np.abs(part).max()),
        "largest_step": float(np.abs(np.diff(part)).max()),
    }


class Child:
    """The recording process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def event(self, name: str) -> dict[str, Any]:
        """The next event of that name."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
        raise AssertionError(f"it ended before '{name}'")

    def stop(self) -> None:
        """Let it end by itself."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


class Terminal:
    """A pseudo-terminal with somebody before it, who reads all the time."""

    def __init__(self) -> None:
        self._person, self.ours = pty.openpty()
        self._shown = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._person, keys)

    def sees(self, text: str) -> None:
        """Wait until this is on the screen, after all that was waited for before."""
        poll_until(lambda: self._find(text.encode()), deadline_s=20.0)

    def settings(self) -> list[Any]:
        """Of the line, as programs find it."""
        return termios.tcgetattr(self.ours)

    def close(self) -> None:
        """Take it away, when the program has ended."""
        os.close(self.ours)
        self._reader.join()
        os.close(self._person)

    def _find(self, text: bytes) -> bool:
        at = self._shown.find(text)
        if at >= 0:
            del self._shown[: at + len(text)]
        return at >= 0

    def _read(self) -> None:
        try:
            while piece := os.read(self._person, 4096):
                self._shown += piece
        except OSError:
            return


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@contextmanager
def recording(
    server: PulseServer, scenario: str, terminal: Terminal | None = None
) -> Iterator[Child]:
    """Run a scenario, at a terminal or without one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.test_microphone", scenario],
        cwd=_ROOT,
        env={**server.env, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
        stdin=terminal.ours if terminal else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal.ours if terminal else subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield Child(process)
        finally:
            process.kill()


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[PulseServer]:
    with running_pulse(tmp_path) as server:
        yield server


@contextmanager
def _playing(server: PulseServer, samples: Samples) -> Iterator[None]:
    """Into the loudspeaker whose monitor is the microphone; leaving it waits for its end."""
    process = subprocess.Popen(
        [
            "pacat",
            "--playback",
            f"--device={SINK}",
            "--raw",
            f"--rate={SAMPLE_RATE}",
            "--channels=1",
            "--format=float32le",
            "--latency-msec=500",
        ],
        env=server.env,
        stdin=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(samples.tobytes())
        process.stdin.close()
        yield


def _play(server: PulseServer, samples: Samples) -> None:
    with _playing(server, samples):
        return


def _sine(seconds: float) -> Samples:
    phase = 2 * np.pi * _FREQUENCY_HZ * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples: Samples = (_LEVEL * np.sin(phase)).astype(np.float32)
    return samples


def _speech(text: str) -> Samples:
    pieces: list[Pcm16] = []

    def on_audio(pcm: Pcm16, _events: tuple[SpeechEvent, ...]) -> bool:
        pieces.append(pcm.copy())
        return True

    espeak = ESpeak()
    espeak.synthesise(text, on_audio, voice="gmw/en")
    spoken = np.concatenate(pieces).astype(np.float32) / 32_768
    at = np.arange(0, spoken.size, espeak.sample_rate / SAMPLE_RATE)
    samples: Samples = np.interp(at, np.arange(spoken.size), spoken).astype(np.float32)
    return samples


@in_real_time
def test_what_is_played_is_recorded_as_it_was(pulse: PulseServer) -> None:
    with recording(pulse, "listen") as child:
        opened = child.event("open")
        _play(pulse, _sine(1.0))
        child.event("sound")
        child.stop()
        heard = child.event("heard")

    assert opened["rate"] in {44_100, 48_000}
    assert heard["overflows"] == 0
    assert heard["duration_s"] == pytest.approx(1.0, abs=0.03)
    assert heard["frequency_hz"] == pytest.approx(_FREQUENCY_HZ, abs=2.0)
    assert heard["peak"] == pytest.approx(_LEVEL, rel=0.05)
    step = _LEVEL * 2 * np.pi * _FREQUENCY_HZ / opened["rate"]
    assert heard["largest_step"] < 1.2 * step, "samples are missing in the middle"


def test_an_unplugged_microphone_is_an_error_soon(pulse: PulseServer) -> None:
    with recording(pulse, "unplug") as child:
        child.event("open")
        pulse.kill()
        killed_at = time.monotonic()
        lost = child.event("lost")

    assert lost["reason"] == "device_away"
    assert lost["at"] - killed_at < 4.0


def test_nobody_reading_costs_samples_that_are_counted_and_no_memory(pulse: PulseServer) -> None:
    with recording(pulse, "look_away") as child:
        assert child.event("lost")["samples"] == 4_800


def test_a_microphone_that_is_not_there_is_an_error(pulse: PulseServer) -> None:
    with recording(pulse, "missing") as child:
        assert "default" in child.event("found")["names"]
        assert child.event("refused")["reason"] == "no_such_device"


@in_real_time
def test_a_person_is_led_through_a_whole_session(
    pulse: PulseServer, terminal: Terminal, tmp_path: Path
) -> None:
    before, files = terminal.settings(), _files(tmp_path)
    with recording(pulse, "guided", terminal) as child:
        terminal.sees("quiet for a moment")
        terminal.sees("read aloud")
        with _playing(pulse, _speech(_SENTENCE)):
            terminal.sees("come a little closer")
        terminal.type(b"\r")
        terminal.sees("read aloud")
        with _playing(pulse, _speech(_SENTENCE)):
            recorded = child.event("recorded")
        assert child.process.wait(timeout=10) == 0

    spoken_s = _speech(_SENTENCE).size / SAMPLE_RATE
    assert recorded["durations"] == [pytest.approx(spoken_s, abs=0.8)]
    assert recorded["noise"] < -80
    assert terminal.settings() == before
    assert _files(tmp_path) == files


def test_ctrl_c_in_the_middle_restores_the_terminal_and_keeps_nothing(
    pulse: PulseServer, terminal: Terminal, tmp_path: Path
) -> None:
    before, files = terminal.settings(), _files(tmp_path)
    with recording(pulse, "guided", terminal) as child:
        terminal.sees("read aloud")
        with _playing(pulse, _speech(_SENTENCE)):
            terminal.sees("Recording")
            terminal.type(b"\x03")
            child.event("interrupted")
        assert child.process.wait(timeout=10) == 0
        terminal.sees("\x1b[?25h")

    assert terminal.settings() == before
    assert _files(tmp_path) == files


@in_real_time
def test_a_take_is_laid_back_in_full_and_can_be_stopped(pulse: PulseServer) -> None:
    with pulse.recording() as heard, recording(pulse, "lay_back") as child:
        assert child.event("stopped")["took_s"] < 2.0
        child.event("played")
        poll_until(lambda: heard.quiet_for_s() > 0.2)
        whole = sounding(heard.samples()[-SAMPLE_RATE:])

    assert whole.size == pytest.approx(0.5 * SAMPLE_RATE, rel=0.05)


def _files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


if __name__ == "__main__":
    scenarios = (listen, unplug, look_away, missing, guided, lay_back)
    {each.__name__: each for each in scenarios}[sys.argv[1]]()
