"""Home Assistant as a process with a throw-away configuration."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import yaml

from tests.bench.rig.ports import HOST, listens
from tests.home_assistant import tree
from tests.home_assistant.runtimes import Runtime

START_TIMEOUT_S: Final = 90.0
STOP_TIMEOUT_S: Final = 30.0
PORT: Final = 8123
"""Where it always listens: in a network of its own nobody else does."""

_CONFIG: Final = "/config"

_LOG_TAIL_CHARS: Final = 3000
_ONBOARDED: Final = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["core_config", "analytics", "integration"]},
}
"""All but the first user: the other steps ask the internet and set up what is not wanted."""

_NO_INTERNET: Final = f"nameserver {HOST}\n"
"""Nobody answers there, which it learns at once instead of waiting for each name."""

_ENABLED: Final = (
    "assist_pipeline",
    "config",
    "frontend",
    "media_source",
    "zeroconf",
)


class HomeAssistantDiedError(RuntimeError):
    """It ended by itself or does not answer; the message ends with its last log lines."""


class Program:
    """One Home Assistant. Entering waits until it answers, leaving stops it.

    `components` are folders of custom integrations, `configuration` is added to its YAML.
    """

    def __init__(
        self,
        runtime: Runtime,
        folder: Path,
        *,
        components: Sequence[Path] = (),
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        self.runtime = runtime
        self.config = folder / "home_assistant"
        self._resolver = folder / "resolv.conf"
        self.url = f"http://{HOST}:{PORT}"
        self.log = folder / "home_assistant.log"
        self.ready_after_s = 0.0
        """How long it took to answer."""
        self.running_after_s = 0.0
        """How long it took to set everything up, its first user included."""
        self._process: subprocess.Popen[bytes] | None = None
        self._write_config(components, configuration or {})

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers; its integrations may still be setting up."""
        binds = {self.config: _CONFIG, self._resolver: "/etc/resolv.conf"}
        command = tree.inside(
            self.runtime.root, self.runtime.hass, "--config", _CONFIG, binds=binds
        )
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=tree.environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._wait_until_it_answers(self._process)
        self.ready_after_s = time.monotonic() - began

    def stop(self) -> None:
        """Ask it to leave and wait."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """As a power cut does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log_text(self) -> str:
        """Everything logged since it was first started."""
        return self.log.read_text(errors="replace")

    def _write_config(self, components: Sequence[Path], configuration: Mapping[str, Any]) -> None:
        self._resolver.write_text(_NO_INTERNET)
        storage = self.config / ".storage"
        storage.mkdir(parents=True)
        (storage / "onboarding").write_text(json.dumps(_ONBOARDED))
        settings = {
            **{integration: {} for integration in _ENABLED},
            "homeassistant": {"name": "Test", "country": "GB", "auth_mfa_modules": []},
            "logger": {"default": "info"},
            **configuration,
        }
        (self.config / "configuration.yaml").write_text(yaml.safe_dump(settings))
        for folder in components:
            copy = self.config / "custom_components" / folder.name
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and process.poll() is None:
            if listens(PORT):
                return
            time.sleep(0.05)
        self.kill()
        raise HomeAssistantDiedError(f"no answer:\n{self.log_text()[-_LOG_TAIL_CHARS:]}")
