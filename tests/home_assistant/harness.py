"""Home Assistant's own test harness for the oldest and the newest release, made once."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.home_assistant import runtimes, tree
from tests.home_assistant.releases import NEWEST, OLDEST, Release

REPOSITORY: Final = Path(__file__).parents[2]
INSIDE: Final = "/repository"
REQUIRED: Final = (
    "ha-ffmpeg",
    "hassil",
    "home-assistant-intents",
    "ifaddr",
    "mutagen",
    "mypy",
    "pytest-timeout",
    "zeroconf",
)
"""What the integrations require that ours stands on, and our own tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """One version of `pytest-homeassistant-custom-component`, which brings its Home Assistant.

    That is the release or the one before it, whose harness comes later than it.
    """

    release: Release
    version: str

    @property
    def root(self) -> Path:
        """The Debian it lives in."""
        return runtimes.runtime(self.release).root

    @property
    def venv(self) -> str:
        """Where it is, in there."""
        return f"/opt/harness-{self.version}"


HARNESSES: Final = (
    Harness(release=NEWEST, version="0.13.375"),
    Harness(release=OLDEST, version="0.13.236"),
)


def make(harness: Harness) -> None:
    """Install it where it is missing."""
    runtimes.make(harness.release)
    made = harness.root / harness.venv.lstrip("/") / "made"
    if made.exists():
        return
    package = f"pytest-homeassistant-custom-component=={harness.version}"
    pip = (f"{harness.venv}/bin/python", "-m", "pip", "install", "--quiet")
    _run(harness, "python3", "-m", "venv", harness.venv)
    _run(harness, *pip, package, *REQUIRED, *harness.release.pins)
    made.touch()


def run_python(harness: Harness, *arguments: str, environment: Mapping[str, str]) -> int:
    """Run its Python in this repository; the exit status."""
    script = f'cd {INSIDE} && exec "$@"'
    python = (f"{harness.venv}/bin/python", *arguments)
    command = tree.inside(
        harness.root, "sh", "-c", script, "sh", *python, binds={REPOSITORY: INSIDE}
    )
    environment = {**tree.environment(), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(command, env=environment, check=False).returncode


def _run(harness: Harness, *command: str) -> None:
    subprocess.run(tree.inside(harness.root, *command), env=tree.environment(), check=True)
