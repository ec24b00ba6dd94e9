"""The agent as a process of its own, with the readiness socket a service manager would give it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import psutil
import yaml

from tests.bench.rig.ports import HOST, free_port

BASE_TOPIC = "hub_agent"
READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 15.0
_LOG_TAIL_CHARS = 3000


class AgentDiedError(RuntimeError):
    """The agent ended by itself, or never got ready; the message ends with its last log lines."""


def agent_settings(
    folder: Path,
    broker_port: int,
    rooms: Mapping[str, Any],
    *,
    queue: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Settings for one measured agent: own data folder, JSON log, free web port."""
    return {
        "agent_id": "bench",
        "data_dir": str(folder / "data"),
        "rooms": dict(rooms),
        "queue": dict(queue or {}),
        "web": {"port": free_port()},
        "log": {"format": "json"},
        "mqtt": {
            "enabled": True,
            "host": HOST,
            "port": broker_port,
            "base_topic": BASE_TOPIC,
        },
    }


class AgentProcess:
    """A running agent. Entering waits for READY=1; leaving sends SIGTERM."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.log = folder / "agent.log"
        self.settings = settings
        self.start_to_ready_s = 0.0
        self.started_at = 0.0
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> psutil.Process:
        """The process, to be measured."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def web_port(self) -> int:
        """Where /metrics is."""
        return int(self.settings["web"]["port"])

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "agent.yaml"
        config.write_text(yaml.safe_dump(dict(self.settings), sort_keys=False))
        with _readiness_socket(self._folder / "notify") as ready:
            self._start(config)
            self._wait_ready(ready)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.poll() is None

    def log_tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-_LOG_TAIL_CHARS:]

    def log_entries(self) -> Iterator[dict[str, Any]]:
        """Every line of its log; a line that is not JSON comes as `{"raw": line}`."""
        with self.log.open(errors="replace") as lines:
            for line in lines:
                yield _log_entry(line)

    def _start(self, config: Path) -> None:
        environment = os.environ | {"NOTIFY_SOCKET": str(self._folder / "notify")}
        with self.log.open("ab") as log:
            self.started_at = time.monotonic()
            self._process = subprocess.Popen(
                [str(Path(sys.executable).parent / "hub-agent"), "run", "--config", str(config)],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _wait_ready(self, ready: socket.socket) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in ready.recv(4096).split(b"\n"):
                    self.start_to_ready_s = time.monotonic() - self.started_at
                    return
            if not self.alive():
                break
        self.__exit__()
        raise AgentDiedError(f"the agent did not get ready:\n{self.log_tail()}")


def _log_entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {"raw": line.rstrip("\n")}
    return entry if isinstance(entry, dict) else {"raw": line}


@contextlib.contextmanager
def _readiness_socket(path: Path) -> Iterator[socket.socket]:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(path))
        ready.settimeout(0.2)
        yield ready
    path.unlink(missing_ok=True)
