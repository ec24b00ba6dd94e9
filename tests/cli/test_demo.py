"""`hub-agent demo`, with the real mosquitto."""

import signal
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import HUB_AGENT, TIMEOUT_S, command, environment, until

pytestmark = pytest.mark.broker


def processes_below(folder: Path) -> list[str]:
    """Command lines of living processes that mention `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            continue
        if str(folder) in line:
            found.append(line)
    return found


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with so short a path that sockets in its folders can still be named."""
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        yield Path(folder)


def test_demonstration_speaks_and_leaves_nothing_behind(tmp_path: Path, temporary: Path) -> None:
    out = tmp_path / "out"
    done = command(tmp_path, "demo", "--out", str(out), TMPDIR=str(temporary))
    told = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    with wave.open(str(out / "hub-agent-demo.wav"), "rb") as file:
        assert file.getnframes() / file.getframerate() > 3
    for word in ("mosquitto_pub", "hub-agent-demo.wav", "to the first sound", "good"):
        assert word in told
    assert list(temporary.iterdir()) == []
    assert processes_below(temporary) == []


def test_demonstration_that_is_ended_leaves_nothing_running(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*HUB_AGENT, "demo"],
        env=environment(tmp_path, TMPDIR=str(tmp_path)),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as demo:
        assert demo.stdout is not None
        assert b"broker" in demo.stdout.readline()
        until(lambda: len(processes_below(tmp_path)) > 1)
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(TIMEOUT_S) == 130
    assert processes_below(tmp_path) == []


def test_missing_broker_is_explained(tmp_path: Path) -> None:
    done = command(tmp_path, "demo", PATH=str(tmp_path))
    assert done.returncode == 66
    assert b"hint: sudo apt-get install mosquitto" in done.stderr


def test_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    done = command(tmp_path, "demo", "--out", "/proc/nowhere")
    assert done.returncode == 2
    assert b"cannot write to /proc/nowhere" in done.stderr


def test_nothing_of_the_users_own_agent_is_touched(tmp_path: Path) -> None:
    done = command(tmp_path, "demo", HUB_AGENT__SPEECH__ENGINE="steam")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "share").exists()
    assert (tmp_path / "hub-agent-demo.wav").exists()
