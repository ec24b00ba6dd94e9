"""Where enrolment takes its recordings from."""

from pathlib import Path

import pytest

from hub_agent.enrolment.inputs import takes_from
from hub_agent.enrolment.progress import silent
from tests.fakes.speech_material import RATE, wav_bytes, white
from voices.enrolment.inspection import Take
from voices.errors import EnrolmentRefusedError


def takes(source: Path, transcript: Path | None = None) -> list[Take]:
    return takes_from(source, language="en", transcript=transcript, transcribe=None, report=silent)


def tape(folder: Path, name: str) -> Path:
    file = folder / name
    file.write_bytes(wav_bytes(white(RATE)))
    return file


def test_a_transcript_goes_with_the_only_recording_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tapes"
    folder.mkdir()
    tape(folder, "one.wav")
    text = tmp_path / "text.txt"
    text.write_text("what is said")
    (take,) = takes(folder, text)
    assert (take.name, take.recording.transcript) == ("one.wav", "what is said")


def test_a_transcript_does_not_go_with_several_recordings(tmp_path: Path) -> None:
    folder = tmp_path / "tapes"
    folder.mkdir()
    tape(folder, "one.wav")
    tape(folder, "two.wav")
    text = tmp_path / "text.txt"
    text.write_text("what is said")
    with pytest.raises(EnrolmentRefusedError, match="2 recordings") as caught:
        takes(folder, text)
    assert caught.value.reason == "no_transcript"


def test_the_text_beside_a_recording_is_found(tmp_path: Path) -> None:
    file = tape(tmp_path, "one.wav")
    file.with_suffix(".txt").write_text("hello")
    assert [take.recording.transcript for take in takes(file)] == ["hello"]
