"""The command line and the agent as processes of their own."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from hub_agent.control.client import ControlClient

HUB_AGENT = (sys.executable, "-m", "hub_agent")
TIMEOUT_S = 30.0
PACED_ROOM = {"sinks": [{"type": "null", "paced": True}]}

NO_SOUND_CARD = """
</usr/share/alsa/alsa.conf>
pcm.!default { type hw card 31 }
ctl.!default { type hw card 31 }
"""


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """A user of our own without settings and without loudspeakers."""
    silent = folder / "no-sound-card.conf"
    silent.write_text(NO_SOUND_CARD)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HUB_AGENT")}
    return {
        **kept,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "ALSA_CONFIG_PATH": str(silent),
        "PULSE_SERVER": "unix:/nonexistent",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        **extra,
    }


def command(
    folder: Path, *arguments: str, stdin: bytes = b"", **extra: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run `hub-agent` to its end."""
    return subprocess.run(
        [*HUB_AGENT, *arguments],
        env=environment(folder, **extra),
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def json_line(output: bytes) -> dict[str, Any]:
    """The one line of JSON that a command printed."""
    (line,) = output.splitlines()
    value = json.loads(line)
    assert isinstance(value, dict)
    return value


class AgentProcess:
    """`hub-agent run` with settings of its own; entered when it says that it is ready."""

    def __init__(self, folder: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.client = ControlClient(self.data_dir)
        self.ready_after_s = 0.0
        self.extra: dict[str, str] = {}
        self.program: tuple[str, ...] = HUB_AGENT
        self._file = folder / "hub-agent.yaml"
        self._log = folder / "agent.log"
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._process: subprocess.Popen[bytes] | None = None
        self.write_settings(settings or {})

    def __enter__(self) -> Self:
        address = self.folder / "notify"
        address.unlink(missing_ok=True)
        self._ear.bind(str(address))
        self._ear.settimeout(TIMEOUT_S)
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, "run", "--config", str(self._file)],
                env=environment(self.folder, NOTIFY_SOCKET=str(address), **self.extra),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.hear("READY=1")
        self.ready_after_s = time.monotonic() - began
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        self._ear.close()

    @property
    def pid(self) -> int:
        """Of the running agent."""
        assert self._process is not None
        return self._process.pid

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Change the file; a SIGHUP applies it."""
        rooms = {"home": PACED_ROOM}
        whole = {"rooms": rooms, "web": {"port": 0}, **settings, "data_dir": str(self.data_dir)}
        self.write_file(json.dumps(whole))

    def write_file(self, text: str) -> None:
        """Change the file to anything."""
        self._file.write_text(text)

    def hear(self, word: str) -> str:
        """The next message to the service manager that has `word` in it."""
        while True:
            message = self._ear.recv(4096).decode()
            if word in message:
                return message

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit code."""
        assert self._process is not None
        return self._process.wait(TIMEOUT_S)

    def stop(self) -> tuple[int, float]:
        """Ask it to leave; its exit code and how long it took."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        return self.wait(), time.monotonic() - began

    def kill(self) -> None:
        """As a power cut does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def log_text(self) -> str:
        """Everything logged until now."""
        return self._log.read_text()

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """The log lines of an event."""
        lines = [json.loads(line) for line in self.log_text().splitlines() if line[:1] == "{"]
        return [line for line in lines if line.get("event") == event]

    def wait_log(self, event: str, count: int = 1) -> dict[str, Any]:
        """The log line of an event, as soon as there are so many."""
        until(lambda: len(self.log_lines(event)) >= count)
        return self.log_lines(event)[count - 1]

    def web_port(self) -> int:
        """Where the web pages are."""
        return int(self.wait_log("web ready")["port"])

    def health(self) -> Mapping[str, Any]:
        """The agent's report, over the control socket."""
        return asyncio.run(self.client.health())


def until(condition: Callable[[], object], within_s: float = TIMEOUT_S) -> None:
    """Wait until `condition` holds; fails when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the deadline has passed"
        time.sleep(0.01)


@contextlib.contextmanager
def running(folder: Path, settings: Mapping[str, Any] | None = None) -> Iterator[AgentProcess]:
    """A running agent."""
    with AgentProcess(folder, settings) as agent:
        yield agent
