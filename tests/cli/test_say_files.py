"""`hub-agent say --out`: really spoken files of every kind, and what they say about themselves."""

import importlib.util
import json
import signal
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from typer.testing import CliRunner, Result

from hub_agent.audio.rhythm import UNIT_MS
from hub_agent.cli.main import app
from hub_agent.errors import RefusedError
from hub_agent.labels.credentials import KINDS
from hub_agent.labels.identity import LEAF_LASTS, signing_identity
from hub_agent.labels.label import SourceType
from hub_agent.labels.read import audio_unchanged, read_labels
from hub_agent.sinks.speech_file import SUFFIXES
from tests.cli.in_process import command_line
from tests.cli.running import HUB_AGENT, TIMEOUT_S, command, environment, json_line, running, until
from voices.enrolment.decode import decode_file

TEXT = "Breakfast is ready."
NEEDS_C2PA = pytest.mark.skipif(
    importlib.util.find_spec("c2pa") is None, reason="needs the extra hub-agent[c2pa]"
)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


def say(runner: CliRunner, *options: str) -> Result:
    return runner.invoke(app, ["say", TEXT, *options])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_spoken_file_is_of_its_kind_and_labelled(
    runner: CliRunner, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    done = say(runner, "--out", path.name, "--json")
    assert done.exit_code == 0, done.output
    heard = decode_file(path)
    assert heard.duration_s == pytest.approx(json.loads(done.stdout)["audio_s"], abs=0.1)
    assert np.abs(heard.samples).max() > 0.1
    (label,) = read_labels(path)
    assert (label.synthetic, label.producer) == ("1", "hub-agent")
    assert label.source_type == SourceType.STOCK
    assert audio_unchanged(path, label)
    assert not any(word.encode() in path.read_bytes() for word in (TEXT, "Breakfast", "en-us"))


@pytest.mark.parametrize("name", ["x.aac", "x", "x.wav.txt"])
def test_kind_that_cannot_be_written_is_refused_with_those_that_can(
    runner: CliRunner, tmp_path: Path, name: str
) -> None:
    done = say(runner, "--out", name)
    assert done.exit_code == 2
    assert all(suffix in done.stderr for suffix in SUFFIXES)
    assert not (tmp_path / name).exists()


def test_running_agent_gives_the_label_with_the_sound(tmp_path: Path) -> None:
    with running(tmp_path):
        done = command(tmp_path, "say", TEXT, "--out", "x.mp3", "--json")
        wrong = command(tmp_path, "say", TEXT, "--out", "y.mp3", "--voice", "nobody")
    assert done.returncode == 0, done.stderr
    path = tmp_path / "x.mp3"
    (label,) = read_labels(path)
    assert label.source_type == SourceType.STOCK
    assert decode_file(path).duration_s == pytest.approx(json_line(done.stdout)["audio_s"], abs=0.1)
    assert wrong.returncode == 65
    assert not (tmp_path / "y.mp3").exists()


def test_name_the_system_refuses_is_no_bug_of_ours(runner: CliRunner) -> None:
    done = say(runner, "--out", "a" * 300 + ".wav")
    assert done.exit_code == 1
    assert "not writable" in done.stderr


def test_rhythm_is_heard_first(runner: CliRunner, tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.wav", tmp_path / "marked.wav"
    assert say(runner, "--out", plain.name).exit_code == 0
    assert say(runner, "--out", marked.name, "--audible-label", "rhythm").exit_code == 0
    without, heard = decode_file(plain), decode_file(marked)
    assert heard.duration_s - without.duration_s == pytest.approx(
        11 * UNIT_MS / 1000 + 0.28, abs=0.1
    )
    unit = round(UNIT_MS / 1000 * heard.sample_rate)
    levels = [float(np.std(heard.samples[at * unit : (at + 1) * unit])) for at in range(11)]
    assert [level > 0.03 for level in levels] == [each == "#" for each in "#.###...#.#"]


def test_audible_label_that_does_not_exist_is_refused(runner: CliRunner) -> None:
    done = say(runner, "--out", "x.wav", "--audible-label", "loud")
    assert done.exit_code == 2
    assert "--audible-label" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--out", "x.ogg", "--c2pa"), "no place in .ogg"),
        (("--out", "x.opus", "--c2pa"), "no place in .opus"),
        (("--out", "-", "--c2pa"), "goes with a file"),
        (("--sink", "null", "--c2pa"), "goes with a file"),
    ],
)
def test_what_cannot_be_signed_is_refused(
    runner: CliRunner, options: tuple[str, ...], words: str
) -> None:
    done = say(runner, *options)
    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.skipif(importlib.util.find_spec("c2pa") is not None, reason="the extra is installed")
def test_missing_library_is_named_with_the_command_that_installs_it(
    runner: CliRunner, tmp_path: Path
) -> None:
    done = say(runner, "--out", "x.wav", "--c2pa")
    assert done.exit_code == 69
    assert "pip install 'hub-agent[c2pa]'" in done.stderr
    assert not (tmp_path / "x.wav").exists()


@NEEDS_C2PA
@pytest.mark.parametrize("suffix", KINDS)
def test_signed_file_is_valid_until_a_bit_of_it_changes(
    runner: CliRunner, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    done = say(runner, "--out", path.name, "--c2pa")
    assert done.exit_code == 0, done.output
    found = manifest(path.read_bytes(), KINDS[suffix])
    assert found["validation_state"] == "Valid"
    (assertion,) = found["manifests"][found["active_manifest"]]["assertions"]
    (action,) = assertion["data"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"] == SourceType.STOCK
    (label,) = read_labels(path)
    assert audio_unchanged(path, label)
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 1
    assert manifest(bytes(broken), KINDS[suffix])["validation_state"] == "Invalid"


def manifest(content: bytes, kind: str) -> dict[str, Any]:
    import io

    import c2pa

    with c2pa.Reader(kind, io.BytesIO(content)) as reader:
        found: dict[str, Any] = json.loads(reader.json())
    return found


def test_signing_key_is_made_once_private_and_renewed_in_time(tmp_path: Path) -> None:
    folder, now = tmp_path / "c2pa", datetime.now(UTC)
    first = signing_identity(folder, now)
    assert signing_identity(folder, now) == first
    later = signing_identity(folder, now + LEAF_LASTS - timedelta(days=10))
    assert later.key != first.key
    assert later.chain.split(b"-----BEGIN")[2] == first.chain.split(b"-----BEGIN")[2]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"root.pem": 0o600, "root.crt": 0o600, "leaf.pem": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    leaf, root = x509.load_pem_x509_certificates(later.chain)
    leaf.verify_directly_issued_by(root)
    assert (folder / "root.crt").read_bytes() in later.chain


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN CERTIFICATE-----\n"])
@pytest.mark.parametrize("name", ["root.pem", "leaf.pem"])
def test_broken_signing_key_is_refused_and_left_alone(
    tmp_path: Path, name: str, content: bytes
) -> None:
    folder, now = tmp_path / "c2pa", datetime.now(UTC)
    signing_identity(folder, now)
    (folder / name).write_bytes(content)
    with pytest.raises(RefusedError) as caught:
        signing_identity(folder, now)
    assert caught.value.hint
    assert (folder / name).read_bytes() == content


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_is_asked_to_end_in_the_middle_leaves_no_half_file(
    tmp_path: Path, number: signal.Signals
) -> None:
    words = [*HUB_AGENT, "say", "-", "--out", "story.wav"]
    with subprocess.Popen(
        words, env=environment(tmp_path), cwd=tmp_path, stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"It was a dark and stormy night. " * 20)
        process.stdin.flush()
        until(lambda: any(part.stat().st_size for part in tmp_path.glob(".story.wav.*")))
        process.send_signal(number)
        assert process.wait(TIMEOUT_S) == 130
    assert not list(tmp_path.glob(".story.wav.*"))
    for whole in tmp_path.glob("story.wav"):
        assert read_labels(whole)
