"""`hub-agent say` as a process."""

import json
import stat
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hub_agent.cli.main import app
from tests.cli.in_process import command_line
from tests.cli.running import (
    HUB_AGENT,
    TIMEOUT_S,
    command,
    environment,
    json_line,
    running,
)

KEYS = {"id", "outcome", "engine", "voice", "ttfa_s", "audio_s", "rtf"}


@pytest.fixture
def in_process(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


def duration_of(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert np.abs(samples).max() > 3000
        return samples.size / file.getframerate()


def test_wav_file_is_written_and_reported(tmp_path: Path) -> None:
    done = command(tmp_path, "say", "Good morning.", "--out", "x.wav", "--json")
    assert done.returncode == 0, done.stderr
    report = json_line(done.stdout)
    assert set(report) == KEYS
    assert report["outcome"] == "spoken"
    assert report["engine"] == "embedded"
    assert report["rtf"] < 1
    assert duration_of(tmp_path / "x.wav") == pytest.approx(report["audio_s"], abs=0.02)
    assert done.stderr == b""


def test_words_for_people_go_to_standard_error(tmp_path: Path) -> None:
    done = command(tmp_path, "say", "Good morning.", "--out", "x.wav")
    assert done.stdout == b""
    assert b"x.wav: " in done.stderr
    assert b"s of speech" in done.stderr


def test_raw_pcm_has_standard_output_for_itself(tmp_path: Path) -> None:
    done = command(tmp_path, "say", "Hello.", "--out", "-", "--json", "--sample-rate", "16000")
    assert done.returncode == 0
    report = json_line(done.stderr)
    assert len(done.stdout) / 2 / 16_000 == pytest.approx(report["audio_s"], abs=0.02)


def test_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    line = f"{' '.join(HUB_AGENT)} say '{'Good morning. ' * 40}' --out - | head -c 1000 | wc -c"
    done = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}"],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    assert done.stdout.split() == ["1000", "0"]
    assert done.stderr == ""


def test_text_on_standard_input_is_spoken_while_it_arrives(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*HUB_AGENT, "say", "-", "--out", "-"],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as saying:
        assert saying.stdin is not None
        assert saying.stdout is not None
        saying.stdin.write(b"This is the first sentence. And this ")
        saying.stdin.flush()
        assert len(saying.stdout.read(8000)) == 8000
        rest, errors = saying.communicate(b"is the second.", TIMEOUT_S)
        assert saying.returncode == 0
    assert len(rest) > 22_050
    assert b"s of speech" in errors


def test_text_on_standard_input_is_spoken_in_rooms(tmp_path: Path) -> None:
    settings = tmp_path / "s.yaml"
    settings.write_text('rooms: {lab: {sinks: [{type: "null"}]}}')
    text = b"One. Two. Drei Schweine.\n"
    done = command(tmp_path, "say", "-", "--json", "--config", str(settings), stdin=text)
    assert done.returncode == 0, done.stderr
    assert json_line(done.stdout)["audio_s"] > 1.0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("say", ""), 65, "nothing to say"),
        (("say", "  \n"), 65, "nothing to say"),
        (("say", "x" * 10_001, "--sink", "null"), 65, "too long"),
        (("say", "x", "--out", "x.wav", "--sink", "null"), 2, "exclude each other"),
        (("say", "x", "--room", "home", "--sink", "null"), 2, "exclude each other"),
        (("say", "x", "--sample-rate", "16000"), 2, "--out"),
        (("say", "x", "--priority", "loud"), 2, "--priority"),
        (("say", "x", "--room", "attic"), 66, "no room 'attic'"),
        (("say", "x", "--sink", "attic"), 66, "no room or sink 'attic'"),
        (("say", "x", "--sink", "null", "--voice", "nobody"), 65, "unknown voice"),
        (("say", "x", "--sink", "null", "--engine", "steam"), 65, "unknown engine"),
        (("say", "x", "--out", "missing/x.wav"), 1, "not writable"),
        (("say", "x", "--config", "missing.yaml"), 78, "missing.yaml"),
    ],
)
def test_what_cannot_be_done_is_explained(
    in_process: CliRunner, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = in_process.invoke(app, arguments, input="")
    assert done.exit_code == code, done.stderr
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert "\nhint: " in done.stderr
    assert done.stdout == ""


def test_exit_code_is_that_of_the_process(tmp_path: Path) -> None:
    done = command(tmp_path, "say", "x", "--room", "attic")
    assert done.returncode == 66
    assert done.stderr.startswith(b"error: there is no room 'attic'\nhint: ")


@pytest.mark.parametrize("place", [("--out", "x.wav"), ("--sink", "home")])
def test_empty_standard_input_is_explained(tmp_path: Path, place: tuple[str, str]) -> None:
    done = command(tmp_path, "say", "-", *place, stdin=b" \n")
    assert done.returncode == 65
    assert b"nothing to say on standard input" in done.stderr


def test_device_file_is_not_replaced(tmp_path: Path) -> None:
    done = command(tmp_path, "say", "x", "--out", "/dev/null")
    assert done.returncode == 2
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_machine_without_loudspeaker_gets_a_way_out(tmp_path: Path) -> None:
    done = command(tmp_path, "say", "Hello.", "--json")
    assert done.returncode == 69
    report = json_line(done.stdout)
    assert report["outcome"] == "failed"
    assert report["reason"]
    assert b"no loudspeaker works here" in done.stderr
    assert b"--out hello.wav" in done.stderr


@pytest.mark.parametrize("home", ["/sys/kernel", "/proc/nobody"])
def test_file_can_be_written_without_a_home(tmp_path: Path, home: str) -> None:
    out = str(tmp_path / "x.wav")
    done = command(tmp_path, "say", "Hi.", "--out", out, HOME=home, XDG_DATA_HOME=f"{home}/share")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("place", [["--out", "/nowhere/x.wav"], ["--voice", "nobody"], []])
def test_text_never_shows_in_messages(
    in_process: CliRunner, monkeypatch: pytest.MonkeyPatch, place: list[str]
) -> None:
    monkeypatch.setenv("HUB_AGENT_DEBUG", "1")
    done = in_process.invoke(app, ["say", "marzipan", *place])
    assert done.exit_code != 0
    assert "marzipan" not in done.stderr + done.stdout


def test_running_agent_speaks_for_us(tmp_path: Path) -> None:
    rooms = {"lab": {"sinks": [{"type": "null"}]}}
    with running(tmp_path, {"rooms": rooms}) as agent:
        config = ("--config", str(tmp_path / "hub-agent.yaml"), "--json")
        in_room = json_line(command(tmp_path, "say", "Hello.", "--room", "lab", *config).stdout)
        to_file = json_line(command(tmp_path, "say", "Hello.", "--out", "x.wav", *config).stdout)
        pcm = command(tmp_path, "say", "Hello.", "--out", "-", *config)
        wrong = command(tmp_path, "say", "Hello.", "--voice", "nobody", *config)
        finished = agent.log_lines("announcement finished")
    assert duration_of(tmp_path / "x.wav") == pytest.approx(to_file["audio_s"], abs=0.02)
    assert len(pcm.stdout) / 2 / 22_050 == pytest.approx(json_line(pcm.stderr)["audio_s"], abs=0.02)
    assert {line["announcement"] for line in finished} >= {in_room["id"], to_file["id"]}
    assert (wrong.returncode, json.loads(wrong.stdout)["reason"]) == (65, "unknown_voice")
