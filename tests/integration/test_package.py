"""The wheel, in an empty environment far from the repository."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from hub_agent import __version__
from tests.cli.running import environment
from tests.fakes.speaker_model import CACHE

pytestmark = [pytest.mark.package, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT),
        folder=folder,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def hub_agent(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed with exactly what the lock file names."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv")
    into = ("--python", folder / "venv", "--cache-dir", CACHE / "pip")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *into)
    install = (*pip, "install", "--no-compile")
    run(*install, "--require-hashes", "-r", ROOT / "requirements.lock", folder=folder)
    run(*install, "--no-deps", wheel, folder=folder)
    run(*pip, "check", folder=folder)
    return folder / "venv/bin/hub-agent"


def test_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"hub_agent", "integrations", "voices", f"hub_agent-{__version__}.dist-info"}
    assert "hub_agent/py.typed" in names
    assert f"hub_agent-{__version__}.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if "__pycache__" in name]


def test_installed_command_knows_its_version(hub_agent: Path, tmp_path: Path) -> None:
    assert run(hub_agent, "--version", folder=tmp_path) == f"hub-agent {__version__}\n"


def test_installed_command_speaks(hub_agent: Path, tmp_path: Path) -> None:
    told = run(hub_agent, "say", "Good morning.", "--out", "x.wav", "--json", folder=tmp_path)
    assert '"outcome": "spoken"' in told
    assert (tmp_path / "x.wav").stat().st_size > 22_050


def test_installed_command_knows_its_integrations(hub_agent: Path, tmp_path: Path) -> None:
    assert "MQTT broker" in run(hub_agent, "config", "schema", folder=tmp_path)
