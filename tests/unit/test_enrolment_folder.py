"""Recordings and what is read in them, found on disk."""

from pathlib import Path

import pytest

from tests.fakes.speech_material import reader_file
from voices.enrolment.folder import read_transcript, recordings_in
from voices.errors import EnrolmentRefusedError


def folder_with(path: Path, **contents: str) -> Path:
    for name, text in contents.items():
        (path / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return path


def test_recordings_come_by_name_with_their_texts(tmp_path: Path) -> None:
    folder_with(tmp_path, b_WAV="", b_txt="second", a_m4a="", a_txt="first", notes_md="x")
    found = recordings_in(tmp_path)
    assert [(one.name, one.transcript) for one in found.sources] == [
        ("a.m4a", "first"),
        ("b.WAV", "second"),
    ]
    assert found.refusal() is None


def test_every_recording_without_text_is_named(tmp_path: Path) -> None:
    folder_with(tmp_path, a_wav="", b_wav="", c_wav="", b_txt="said")
    refusal = recordings_in(tmp_path).refusal()
    assert refusal is not None
    assert refusal.reason == "no_transcript"
    assert "a.wav, c.wav" in str(refusal)
    assert "b.wav" not in str(refusal)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    refusal = recordings_in(folder_with(tmp_path, readme_md="x")).refusal()
    assert refusal is not None
    assert refusal.reason == "no_recordings"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnrolmentRefusedError, match="gone"):
        recordings_in(tmp_path / "gone")


def test_numbers_before_a_bar_are_not_read() -> None:
    text = read_transcript(reader_file("reader_de").with_suffix(".txt"))
    assert text.startswith("Hans Jakob Christoffel von Grimmelshausen\n")
    assert "|" not in text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("\ufeffGrüße\n\n  von   hier \n".encode(), "Grüße\nvon hier"),
        ("Grüße".encode("latin-1"), "Grüße"),
        ("Grüße".encode("utf-16"), "Grüße"),
        (b"one or two | three 3", "one or two | three 3"),
        (b"\r\na\r\n\r\nb\r\n", "a\nb"),
    ],
)
def test_texts_are_read_as_people_save_them(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert read_transcript(tmp_path / "a.txt") == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no_transcript"),
        (b" \n...\n", "no_transcript"),
        (b"RIFF\0\0\0\0WAVE", "bad_transcript"),
        (b"a" * 300_000, "bad_transcript"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(EnrolmentRefusedError) as caught:
        read_transcript(tmp_path / "a.txt")
    assert caught.value.reason == reason


def test_a_text_is_not_shown_when_its_source_is_printed(tmp_path: Path) -> None:
    folder_with(tmp_path, a_wav="", a_txt="a secret")
    assert "secret" not in repr(recordings_in(tmp_path))
