"""The lock files fit the project and say nothing about where they were made."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
RUN_TIME, BUILD, DEVELOPMENT = (
    ROOT / "requirements.lock",
    ROOT / "requirements-build.lock",
    ROOT / "requirements-dev.lock",
)
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")


def pins(lock: Path) -> list[Requirement]:
    text = re.sub(r"\\\n", " ", lock.read_text("utf-8"))
    lines = (line.split("--hash")[0] for line in text.splitlines() if not line.startswith("#"))
    return [Requirement(line) for line in lines]


def applies(marker: Marker | None, python: str, machine: str) -> bool:
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return marker is None or marker.evaluate(environment)


def project() -> dict[str, list[str]]:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    run_time: list[str] = data["project"]["dependencies"]
    development: list[str] = data["project"]["optional-dependencies"]["dev"]
    return {
        RUN_TIME.name: run_time,
        BUILD.name: data["build-system"]["requires"],
        DEVELOPMENT.name: [*run_time, *development],
    }


@pytest.mark.parametrize("lock", [RUN_TIME, BUILD, DEVELOPMENT], ids=lambda lock: lock.name)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
def test_lock_pins_what_the_project_asks_for(lock: Path, python: str, machine: str) -> None:
    pinned = {
        canonicalize_name(pin.name): pin.specifier
        for pin in pins(lock)
        if applies(pin.marker, python, machine)
    }
    for line in project()[lock.name]:
        wanted = Requirement(line)
        (exact,) = pinned[canonicalize_name(wanted.name)]
        assert exact.operator == "=="
        assert wanted.specifier.contains(exact.version, prereleases=True), line


@pytest.mark.parametrize("lock", [RUN_TIME, BUILD, DEVELOPMENT], ids=lambda lock: lock.name)
def test_every_pin_has_its_hashes_and_no_place(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert not re.search(r"://|--index|--find-links|--extra|file:| @ ", text)
    for block in re.split(r"\n(?=\S)", text):
        if not block.startswith("#"):
            assert "--hash=sha256:" in block, block


def test_development_uses_what_is_used_at_run_time() -> None:
    development = {(pin.name, str(pin.specifier)) for pin in pins(DEVELOPMENT)}
    for pin in pins(RUN_TIME):
        assert (pin.name, str(pin.specifier)) in development
