"""A mosquitto of our own: started, killed without mercy, started again on the same port."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.bench.rig.ports import HOST, free_port, wait_until_listens

_START_TIMEOUT_S = 10.0
_SBIN = "/usr/sbin/mosquitto"


PERSISTENT = (
    "persistence true",
    "autosave_on_changes true",
    "autosave_interval 1",
)
"""The whole state is written after every change: what was acknowledged survives a death, except
in the moment between the acknowledgement and the write."""

PROMPT = ("set_tcp_nodelay true",)
"""Small messages to a subscriber are not held back until the one before was acknowledged; by
default they are, for up to 40 ms."""


class Broker:
    """One broker and its folder. Settings, port and, if persistent, its state survive `kill`."""

    def __init__(self, folder: Path, extra_settings: Sequence[str] = ()) -> None:
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self._folder = folder
        self._extra_settings = extra_settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "mosquitto.conf").write_text(self._settings())
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        program = shutil.which("mosquitto") or _SBIN
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self._folder / "mosquitto.conf")],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if not wait_until_listens(self.port, _START_TIMEOUT_S):
            raise RuntimeError(f"mosquitto does not listen; see {self.log}")

    def kill(self) -> None:
        """Kill it as a power cut would: no farewell to anybody, nothing written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _settings(self) -> str:
        lines = [
            f"listener {self.port} {HOST}",
            "allow_anonymous true",
            "user root",
            "max_inflight_messages 0",
            "max_queued_messages 0",
            "log_type error",
            "log_type warning",
            f"persistence_location {self._folder}/",
            *self._extra_settings,
        ]
        return "\n".join(lines) + "\n"
