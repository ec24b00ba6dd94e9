"""`python -m tests.home_assistant.runtimes`: make the programs that the tests run, once.

Each release of Home Assistant gets a virtual environment in a tree of the Debian that has its
Python, in `.home-assistant/`; the peer, wyoming-piper, gets its own beside this project's. What is
there already is left alone.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from rich.console import Console

from tests.bench import peer
from tests.home_assistant import tree
from tests.home_assistant.releases import RELEASES, Release

CACHE: Final = Path(__file__).parents[2] / ".home-assistant"
COMMAND: Final = "python -m tests.home_assistant.runtimes"
_PROGRAMS: Final = ("debootstrap", "unshare", "chroot", "mount", "ip", "mosquitto")
_PACKAGES: Final = "debootstrap util-linux coreutils mount iproute2 mosquitto"
_LOG_TAIL_CHARS: Final = 2000
_CONSOLE: Final = Console()


class RuntimeMissingError(RuntimeError):
    """A program is not there or could not be made; the message ends with what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A Home Assistant that can be started."""

    release: Release
    version: str
    root: Path
    """The tree it lives in."""

    @property
    def hass(self) -> str:
        """The program, as it is called inside the tree."""
        return f"{_venv(self.release)}/bin/hass"


def runtime(release: Release) -> Runtime:
    """The release as it was made; `RuntimeMissingError` when it was not."""
    made = _stamp(release)
    if not made.exists() or json.loads(made.read_text())["recipe"] != _recipe(release):
        raise RuntimeMissingError(f"Home Assistant {release.name} is not here: run {COMMAND}")
    version = json.loads(made.read_text())["version"]
    return Runtime(release=release, version=version, root=_root(release.suite))


def make(release: Release) -> Runtime:
    """Make the tree and the virtual environment where they are missing."""
    try:
        return runtime(release)
    except RuntimeMissingError:
        _make_tree(release.suite)
        _make_venv(release)
        return runtime(release)


def main() -> int:
    """Make all; 1 with what to do when something cannot be made."""
    try:
        _check_machine()
        with _alone():
            _make_all()
    except RuntimeMissingError as error:
        _CONSOLE.print(f"error: {error}", style="red", markup=False)
        return 1
    return 0


def _make_all() -> None:
    for release in RELEASES:
        made = make(release)
        _CONSOLE.print(f"Home Assistant {made.version} on Debian {release.suite}: ready")
    if reason := peer.why_not(peer.DEFAULT_VOICE):
        raise RuntimeMissingError(reason)
    _CONSOLE.print("wyoming-piper: ready")


def _make_tree(suite: str) -> None:
    root = _root(suite)
    ready = CACHE / f"{suite}.ready"
    if ready.exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    _run(f"Debian {suite}", tree.bootstrap(suite, root), environment=dict(os.environ))
    ready.touch()


def _make_venv(release: Release) -> None:
    root = _root(release.suite)
    venv = _venv(release)
    shutil.rmtree(root / venv.lstrip("/"), ignore_errors=True)
    name = f"Home Assistant {release.name}"

    def run(step: str, *arguments: str, stdin: TextIO | None = None) -> str:
        return _run(f"{name}: {step}", tree.inside(root, *arguments), stdin=stdin)

    pip = (f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run("virtual environment", "python3", "-m", "venv", venv)
    run("the program", *pip, release.requirement, *release.pins)
    constraints = run("its constraints", f"{venv}/bin/python", "-c", _CONSTRAINTS).strip()
    with Path(__file__).with_name("manifests.py").open() as script:
        requirements = run("its integrations", f"{venv}/bin/python", "-", stdin=script).split()
    run("what they require", *pip, "--constraint", constraints, *requirements, *release.pins)
    version = run("its version", f"{venv}/bin/hass", "--version").strip()
    _stamp(release).write_text(json.dumps({"version": version, "recipe": _recipe(release)}))


def _run(
    step: str,
    command: Sequence[str],
    *,
    environment: dict[str, str] | None = None,
    stdin: TextIO | None = None,
) -> str:
    """What the command printed; its complaints go to a log, whose end goes with the error."""
    began = time.monotonic()
    log = CACHE / "making.log"
    with _CONSOLE.status(f"{step} …"), log.open("w") as errors:
        done = subprocess.run(
            command,
            env=environment or tree.environment(),
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        tail = (done.stdout + log.read_text())[-_LOG_TAIL_CHARS:]
        raise RuntimeMissingError(f"{step} could not be made:\n{tail}\nwhen mended, run {COMMAND}")
    _CONSOLE.print(f"{step}: {time.monotonic() - began:.0f} s")
    return done.stdout


def _check_machine() -> None:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if os.geteuid() != 0:
        raise RuntimeMissingError(f"only root may do this: sudo {sys.executable} {COMMAND[7:]}")
    missing = [program for program in _PROGRAMS if not shutil.which(program, path=path)]
    if missing:
        raise RuntimeMissingError(f"no {', '.join(missing)}: sudo apt-get install {_PACKAGES}")


@contextmanager
def _alone() -> Iterator[None]:
    """Two that make at once would make a mess."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _root(suite: str) -> Path:
    return CACHE / suite


def _venv(release: Release) -> str:
    return f"/opt/{release.name}"


def _stamp(release: Release) -> Path:
    return _root(release.suite) / _venv(release).lstrip("/") / "made.json"


def _recipe(release: Release) -> list[str]:
    """What was asked for: another recipe is another runtime."""
    return [release.suite, release.requirement, *release.pins]


_CONSTRAINTS: Final = """
from importlib.util import find_spec
from pathlib import Path
print(Path(find_spec("homeassistant").origin).with_name("package_constraints.txt"))
"""

if __name__ == "__main__":
    sys.exit(main())
