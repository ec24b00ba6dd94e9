"""What comes at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub_agent import __version__
from tests.cli.running import command

HEAVY = (
    "aiohttp",
    "aiomqtt",
    "asyncio",
    "espeakng_loader",
    "numpy",
    "paho",
    "prometheus_client",
    "pydantic",
    "rich",
    "sounddevice",
    "soxr",
    "structlog",
    "yaml",
)
LOADED = """
import sys
from hub_agent.cli.main import main
sys.argv = ["hub-agent", *sys.argv[1:]]
try:
    main()
except SystemExit:
    print("\\n".join(sys.modules), file=sys.stderr)
"""


def test_version_is_printed(tmp_path: Path) -> None:
    done = command(tmp_path, "--version")
    assert done.stdout == f"hub-agent {__version__}\n".encode()
    assert done.stderr == b""
    assert done.returncode == 0


def test_version_loads_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "--version"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    loaded = set(done.stderr.split())
    assert "hub_agent.cli.main" in loaded
    assert not loaded & set(HEAVY)


def test_agent_starts_without_what_it_never_uses(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAN], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    loaded, after = done.stdout.splitlines()
    assert "hub_agent.service.daemon" in loaded.split()
    assert not {"aiohttp", "aiomqtt", "attr", "rich", "sounddevice"} & set(loaded.split())
    assert after == "rich.console"


LEAN = """
import sys
from hub_agent.cli.lean import load_logs_without_rich
load_logs_without_rich()
import hub_agent.cli.run
print(*sys.modules)
import rich.console
print(rich.console.__name__)
"""


@pytest.mark.parametrize(
    "name",
    ["run", "say", "demo", "doctor", "devices", "engines", "voices", "config", "voices list"],
)
def test_every_command_explains_itself(tmp_path: Path, name: str) -> None:
    done = command(tmp_path, *name.split(), "--help")
    assert done.returncode == 0
    assert b"Usage" in done.stdout


def test_completion_offers_the_commands(tmp_path: Path) -> None:
    done = command(
        tmp_path,
        _HUB_AGENT_COMPLETE="complete_bash",
        COMP_WORDS="hub-agent d",
        COMP_CWORD="1",
    )
    assert {"demo", "devices", "doctor"} <= set(done.stdout.decode().split())


def test_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    done = command(tmp_path, "dance")
    assert done.returncode == 2
    assert done.stdout == b""
