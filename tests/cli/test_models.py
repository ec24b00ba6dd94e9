"""The commands that add, list, verify and remove models."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub_agent.cli.main import app
from tests.cli.in_process import command_line
from tests.cli.running import HUB_AGENT, TIMEOUT_S, environment, until
from tests.fakes.faulty_server import FaultyServer, serving, stalled_after
from tests.fakes.model_packs import make_pack

HALF = 700_000
BIG = "graphs/t2s.onnx"


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    make_pack(tmp_path / "pack")
    return tmp_path / "pack"


def rows(runner: CliRunner, *command: str, exit_code: int = 0) -> dict[str, dict[str, Any]]:
    done = runner.invoke(app, ["models", *command, "--json"])
    assert done.exit_code == exit_code, done.stderr
    return {row["model"]: row for row in json.loads(done.stdout)}


def succeed(runner: CliRunner, *command: str) -> str:
    done = runner.invoke(app, ["models", *command])
    assert done.exit_code == 0, done.stderr
    return done.stdout + done.stderr


def installed(tmp_path: Path) -> Path:
    (folder,) = tmp_path.rglob("packs/home-voice")
    return folder


@pytest.mark.parametrize("kind", ["folder", "tar", "zip"])
def test_a_pack_is_added_listed_verified_and_removed(
    runner: CliRunner, tmp_path: Path, pack: Path, kind: str
) -> None:
    source = pack if kind == "folder" else shutil.make_archive(str(tmp_path / "a"), kind, pack)
    assert "home-voice is ready" in succeed(runner, "add", str(source))
    listed = rows(runner, "list")
    assert set(listed) == {"speaker-check", "home-voice"}
    row = listed["home-voice"]
    assert (row["engine"], row["kind"], row["licence"]) == ("gpt_sovits", "v2ProPlus", "MIT")
    assert row["size_mb"] == 1.7
    assert row["undamaged"] is None
    assert "not verified" in succeed(runner, "list")
    assert rows(runner, "verify")["home-voice"]["undamaged"] is True
    assert "undamaged" in succeed(runner, "verify", "home-voice")
    succeed(runner, "remove", "home-voice")
    assert set(rows(runner, "list")) == {"speaker-check"}


def test_verify_tells_every_damaged_pack(runner: CliRunner, tmp_path: Path, pack: Path) -> None:
    succeed(runner, "add", str(pack))
    file = installed(tmp_path) / BIG
    content = bytearray(file.read_bytes())
    content[7] ^= 1
    file.write_bytes(content)
    assert rows(runner, "list")["home-voice"]["undamaged"] is None
    assert rows(runner, "verify", exit_code=65)["home-voice"]["undamaged"] is False
    done = runner.invoke(app, ["models", "verify", "home-voice"])
    assert BIG in done.stderr
    assert "hint: hub-agent models remove home-voice" in done.stderr


def test_list_tells_what_is_plainly_damaged(runner: CliRunner, tmp_path: Path, pack: Path) -> None:
    succeed(runner, "add", str(pack))
    (installed(tmp_path) / BIG).unlink()
    assert rows(runner, "list")["home-voice"]["undamaged"] is False
    assert "damaged" in succeed(runner, "list")
    succeed(runner, "remove", "home-voice")


@pytest.mark.parametrize(
    ("command", "exit_code", "hint"),
    [
        (["add", "nothing-here"], 66, "models add --help"),
        (["add", "https://example.org/voice"], 2, "manifest.json"),
        (["add", "hf:somebody"], 2, "hf:owner/name"),
        (["add", "pack", "--file", "x.whl"], 2, "models add --help"),
        (["add", "pack", "--max-gb", "0.001"], 65, "--max-gb 1"),
        (["add", "pack/symbols.json"], 65, "publishes it"),
        (["add", "pack/graphs"], 65, "publishes it"),
        (["remove", "other"], 66, "speaker-check, home-voice"),
        (["verify", "other"], 66, "speaker-check, home-voice"),
        (["add", "pack"], 65, "models remove home-voice"),
    ],
)
def test_mistakes_are_told_with_what_to_do(
    runner: CliRunner, pack: Path, command: list[str], exit_code: int, hint: str
) -> None:
    if command != ["add", "pack", "--max-gb", "0.001"]:
        succeed(runner, "add", str(pack))
    done = runner.invoke(app, ["models", *command])
    assert done.exit_code == exit_code, done.stderr
    assert "error: " in done.stderr
    assert hint in done.stderr.partition("hint: ")[2]


def test_an_interrupted_download_goes_on_with_the_same_command(tmp_path: Path, pack: Path) -> None:
    files = {
        f"/{path.relative_to(pack).as_posix()}": path.read_bytes()
        for path in pack.rglob("*.*")
        if path.is_file()
    }
    with serving(FaultyServer(files)) as server:
        server.faults_of[f"/{BIG}"] = [stalled_after(HALF)]
        command = [*HUB_AGENT, "models", "add", f"{server.url}/manifest.json"]
        env = environment(tmp_path)
        with subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE) as stopped:
            until(lambda: any(part.stat().st_size == HALF for part in tmp_path.rglob("*.part")))
            stopped.send_signal(signal.SIGINT)
            _, told = stopped.communicate(timeout=TIMEOUT_S)
        assert stopped.returncode == 130
        assert b"same command" in told
        assert not list(tmp_path.rglob("packs/home-voice"))
        done = subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, timeout=TIMEOUT_S, check=False
        )
        assert done.returncode == 0, done.stderr
        assert server.requests_for(f"/{BIG}")[-1].headers["range"] == f"bytes={HALF}-"
    assert (installed(tmp_path) / BIG).read_bytes() == files[f"/{BIG}"]
