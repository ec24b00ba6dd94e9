"""A private PulseAudio daemon with a loudspeaker that nobody hears."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import pcm16_to_float

_PROGRAMS = ("pulseaudio", "pactl", "parec", "pacat")
_ALSA_PLUGIN = "libasound_module_pcm_pulse.so"
_DEADLINE_S = 10.0
SAMPLE_RATE = 48_000
SINK = "room"
AUDIBLE = 0.003

_ASOUND = """\
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


def skip_without_pulse() -> None:
    """Skip the test where the programs are missing."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if not list(Path("/usr/lib").glob(f"**/alsa-lib/{_ALSA_PLUGIN}")):
        pytest.skip("not installed: libasound2-plugins")


class PulseServer:
    """The daemon; `start` and `kill` may alternate."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        asound = folder / "asound.conf"
        asound.write_text(_ASOUND)
        self.env = {
            **os.environ,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_SERVER": f"unix:{folder / 'native'}",
            "ALSA_CONFIG_PATH": str(asound),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    def start(self) -> None:
        """Start, and return when it answers."""
        modules = [
            f"module-null-sink sink_name={SINK} rate={SAMPLE_RATE}",
            f"module-native-protocol-unix socket={self._folder / 'native'} auth-anonymous=1",
        ]
        loads = [part for module in modules for part in ("-L", module)]
        self._process = subprocess.Popen(
            [
                "pulseaudio",
                "--daemonize=no",
                "--system=no",
                "--exit-idle-time=-1",
                "-n",
                "--use-pid-file=no",
                "--log-level=error",
                *loads,
            ],
            env=self.env,
            stderr=subprocess.DEVNULL,
        )
        poll_until(self._answers)

    def kill(self) -> None:
        """End at once, as when a loudspeaker is unplugged."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pactl(self, *arguments: str) -> str:
        """What `pactl` answers."""
        return subprocess.run(
            ["pactl", *arguments],
            env={**self.env, "LC_ALL": "C"},
            check=True,
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
        ).stdout

    @contextmanager
    def recording(self) -> Iterator["Recording"]:
        """Record what the loudspeaker plays while the block runs."""
        recording = Recording(self.env)
        try:
            poll_until(lambda: recording.num_samples() > 0)
            yield recording
        finally:
            recording.stop()

    def _answers(self) -> bool:
        try:
            return SINK in self.pactl("list", "short", "sinks")
        except subprocess.CalledProcessError:
            return False


@contextmanager
def running_pulse(folder: Path) -> Iterator[PulseServer]:
    """A daemon while the block runs; skips the test where the programs are missing."""
    skip_without_pulse()
    server = PulseServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Recording:
    """A running `parec` on the loudspeaker's monitor."""

    def __init__(self, env: dict[str, str]) -> None:
        self._pcm = bytearray()
        self._arrivals: list[tuple[float, int]] = []
        self._process = subprocess.Popen(
            [
                "parec",
                "-d",
                f"{SINK}.monitor",
                "--latency-msec=10",
                "--raw",
                f"--rate={SAMPLE_RATE}",
                "--channels=1",
                "--format=s16le",
            ],
            env=env,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def num_samples(self) -> int:
        """How much has been recorded."""
        return len(self._pcm) // 2

    def samples(self) -> Samples:
        """Everything recorded until now."""
        return pcm16_to_float(bytes(self._pcm))

    def time_of_last_sound(self) -> float:
        """When the last sample that is not silent arrived (monotonic)."""
        last = int(np.flatnonzero(np.abs(self.samples()) > AUDIBLE)[-1])
        return next(at for at, num_samples in self._arrivals if num_samples > last)

    def quiet_for_s(self) -> float:
        """How long there has been nothing but silence."""
        samples = self.samples()
        loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
        return float(samples.size - (loud[-1] if loud.size else 0)) / SAMPLE_RATE

    def stop(self) -> None:
        """End the recording."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := self._process.stdout.read(4096):
            self._pcm += piece
            self._arrivals.append((time.monotonic(), self.num_samples()))


def poll_until(condition: Callable[[], bool], deadline_s: float = _DEADLINE_S) -> None:
    """Return when `condition` holds; fails at the deadline."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, "the deadline has passed"
        time.sleep(0.02)


def sounding(samples: Samples, threshold: float = AUDIBLE) -> Samples:
    """From the first to the last sample that is not silent."""
    loud = np.flatnonzero(np.abs(samples) > threshold)
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples[:0]
