"""What nobody's voice is made of, and why."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hub_agent.audio.stage import Samples
from tests.cli.in_process import command_line
from tests.fakes.enrolling import answer, enrol, with_speaker_model
from tests.fakes.speech_material import (
    RATE,
    alternating,
    clipped,
    music,
    reader,
    reader_file,
    speaker,
    speakers,
    wav_bytes,
    white,
    with_noise,
)

BAD_DATA = 65


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with_speaker_model(tmp_path)
    with command_line(tmp_path) as runner:
        yield runner


def sonnet_text(number: int) -> str:
    return reader_file(f"sonnet_{number}_en").with_suffix(".txt").read_text()


def recording(folder: Path, samples: Samples, text: str = "") -> Path:
    file = folder / "tape.wav"
    file.write_bytes(wav_bytes(samples))
    file.with_suffix(".txt").write_text(text or sonnet_text(1))
    return file


def reason(runner: CliRunner, file: Path) -> object:
    done = enrol(runner, file)
    assert done.exit_code == BAD_DATA, done.stderr
    assert not list(file.parent.rglob("vault.json"))
    refused = answer(done)
    assert not refused["accepted"]
    assert refused["message"] in done.stderr
    return refused["reason"]


def test_ten_seconds_are_too_little(runner: CliRunner, tmp_path: Path) -> None:
    text = "\n".join(sonnet_text(1).splitlines()[:3])
    tape = recording(tmp_path, reader("sonnet_1_en")[: 10 * RATE], text)
    assert reason(runner, tape) == "too_little_speech"


def test_a_noisy_room_is_refused(runner: CliRunner, tmp_path: Path) -> None:
    speech = reader("sonnet_1_en")
    noisy = with_noise(speech, white(speech.size), 10)
    assert reason(runner, recording(tmp_path, noisy)) == "too_noisy"


def test_clipped_speech_is_refused(runner: CliRunner, tmp_path: Path) -> None:
    tape = recording(tmp_path, clipped(reader("sonnet_1_en"), 0.02))
    assert reason(runner, tape) == "clipped"


def test_two_people_are_refused(runner: CliRunner, tmp_path: Path) -> None:
    one, other = speakers()[:2]
    tape = recording(tmp_path, alternating(speaker(one), speaker(other), 3.0, 60.0))
    assert reason(runner, tape) == "several_speakers"


def test_two_people_at_once_are_refused(runner: CliRunner, tmp_path: Path) -> None:
    reading = reader("sonnet_1_en")
    other = np.resize(speaker("2414"), reading.size)
    as_loud = other * (reading.std() / other.std())
    tape = recording(tmp_path, np.asarray((reading + as_loud) / 2, np.float32))
    assert reason(runner, tape) == "several_speakers"


def test_the_text_of_another_poem_is_noticed(runner: CliRunner, tmp_path: Path) -> None:
    tape = recording(tmp_path, reader("sonnet_1_en"), sonnet_text(2))
    assert reason(runner, tape) == "wrong_text"


def test_music_is_no_voice(runner: CliRunner, tmp_path: Path) -> None:
    assert reason(runner, recording(tmp_path, music(60.0))) == "music"


def test_silence_is_no_voice(runner: CliRunner, tmp_path: Path) -> None:
    assert reason(runner, recording(tmp_path, np.zeros(60 * RATE, np.float32))) == "silence"


def test_a_file_of_two_gigabytes_is_refused_unread(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "tape.wav"
    with file.open("wb") as opened:
        opened.truncate(2 << 30)
    file.with_suffix(".txt").write_text("anything")
    assert reason(runner, file) == "too_big"


def test_text_that_calls_itself_wav_is_refused(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "tape.wav"
    file.write_text("this is not sound\n" * 100)
    file.with_suffix(".txt").write_text("anything")
    assert reason(runner, file) == "not_audio"


def test_recordings_without_their_text_are_refused(runner: CliRunner, tmp_path: Path) -> None:
    tape = recording(tmp_path, reader("sonnet_1_en"))
    tape.with_suffix(".txt").unlink()
    assert reason(runner, tape) == "no_transcript"


def test_an_id_of_an_engine_is_refused(runner: CliRunner, tmp_path: Path) -> None:
    done = enrol(runner, recording(tmp_path, reader("sonnet_1_en")), name="de")
    assert answer(done)["reason"] == "id_taken"
