"""Files of all kinds, good and bad, become audio or a refusal."""

import os
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.speech_material import RATE, reader_file, speaker, wav_bytes, white
from voices.enrolment.decode import Audio, Limits, decode_bytes, decode_file, resampled
from voices.errors import EnrolmentRefusedError

FORMATS = ["wav", "flac", "mp3", "ogg", "opus", "m4a", "aac", "webm"]


def refused(data: bytes, name: str = "a.wav", limits: Limits | None = None) -> str:
    with pytest.raises(EnrolmentRefusedError) as caught:
        decode_bytes(data, name=name, limits=limits or Limits())
    return caught.value.reason


def outcome(data: bytes) -> Audio | str:
    """The audio, or the reason why there is none."""
    try:
        return decode_bytes(data, name="a", limits=Limits(max_s=60.0))
    except EnrolmentRefusedError as error:
        return error.reason


def tone(rate: int = RATE, seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg to make the files")
    folder = tmp_path_factory.mktemp("formats")
    (folder / "original").write_bytes(wav_bytes(speaker("1688")[: 6 * RATE]))
    outputs = [part for kind in FORMATS for part in ("-ar", "48000", str(folder / f"a.{kind}"))]
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", folder / "original", *outputs], check=True
    )
    return folder


@pytest.mark.parametrize("kind", FORMATS)
def test_every_common_kind_of_file_holds_the_same_speech(encoded: Path, kind: str) -> None:
    audio = decode_file(encoded / f"a.{kind}")
    heard = resampled(audio.samples, audio.sample_rate, RATE)
    original = speaker("1688")[: 6 * RATE]
    assert audio.duration_s == pytest.approx(6.0, abs=0.12)
    assert np.std(heard) == pytest.approx(float(np.std(original)), rel=0.08)
    spectrum = np.fft.rfft(original, 8 * RATE) * np.conj(np.fft.rfft(heard, 8 * RATE))
    likeness = np.max(np.fft.irfft(spectrum)) / np.linalg.norm(original) / np.linalg.norm(heard)
    assert likeness > 0.9


def test_a_film_gives_its_sound(encoded: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=d=2:s=64x64"]
    subprocess.run([*command, "-i", encoded / "original", "-t", "2", film], check=True)
    assert decode_file(film).duration_s == pytest.approx(2.0, abs=0.1)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg to make the film")
def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64"]
    subprocess.run([*command, film], check=True)
    assert refused(film.read_bytes()) == "not_audio"


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_file_gives_what_is_there_or_a_refusal(encoded: Path, kind: str) -> None:
    data = (encoded / f"a.{kind}").read_bytes()
    result = outcome(data[: len(data) // 2])
    if isinstance(result, str):
        assert (result, kind) == ("unreadable", "m4a")
    else:
        assert 1.0 < result.duration_s < 4.5


def test_text_named_like_audio_is_refused() -> None:
    assert refused(b"Shall I compare thee to a summer's day?\n" * 40) == "not_audio"


def test_nothing_is_refused() -> None:
    assert refused(b"") == "empty"


def test_sound_without_samples_is_refused() -> None:
    assert refused(wav_bytes(np.zeros(0, np.float32))) == "empty"


def test_a_playlist_that_names_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.wav").write_bytes(wav_bytes(tone()))
    for text in (f"ffconcat version 1.0\nfile '{tmp_path}/real.wav'\n", f"#EXTM3U\n{tmp_path}\n"):
        (tmp_path / "list.wav").write_text(text)
        with pytest.raises(EnrolmentRefusedError) as caught:
            decode_file(tmp_path / "list.wav")
        assert caught.value.reason == "not_audio"


def test_two_gigabytes_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.write(wav_bytes(tone()))
        file.truncate(2 * 1024**3)
    tracemalloc.start()
    with pytest.raises(EnrolmentRefusedError) as caught:
        decode_file(big)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == "too_big"
    assert peak < 1024**2


def test_hours_of_silence_in_a_small_file_are_refused_while_decoding(encoded: Path) -> None:
    bomb = encoded / "bomb.flac"
    source = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3600"]
    subprocess.run(["ffmpeg", "-loglevel", "error", *source, bomb], check=True)
    assert bomb.stat().st_size < 1_000_000
    assert refused(bomb.read_bytes(), limits=Limits(max_s=60.0)) == "too_long"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device", "nothing"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.wav"
    if kind == "link":
        (tmp_path / "b.wav").write_bytes(wav_bytes(tone()))
        path.symlink_to(tmp_path / "b.wav")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(EnrolmentRefusedError) as caught:
        decode_file(path)
    assert caught.value.reason == ("unreadable" if kind == "nothing" else "not_a_file")


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_rates_up_to_48_khz_are_kept_and_higher_ones_come_down(rate: int) -> None:
    audio = decode_bytes(wav_bytes(tone(rate), rate), name="a.wav")
    assert audio.sample_rate == min(rate, 48_000)
    assert audio.duration_s == pytest.approx(1.0, abs=0.01)
    assert np.std(audio.samples) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize("rate", [4_000, 384_000])
def test_rates_no_microphone_has_are_refused(rate: int) -> None:
    assert refused(wav_bytes(tone(rate), rate)) == "bad_rate"


def test_stereo_that_is_alike_is_averaged() -> None:
    both = tone(), tone() * np.float32(0.8)
    audio = decode_bytes(wav_bytes(np.stack(both)), name="a.wav")
    assert np.max(np.abs(audio.samples - 0.9 * tone())) < 0.001


@pytest.mark.parametrize("other", ["silence", "reversed", "noise"])
def test_a_second_channel_never_harms_the_first(other: str) -> None:
    second = {"silence": tone() * 0, "reversed": -0.9 * tone(), "noise": 0.1 * white(RATE)}[other]
    audio = decode_bytes(wav_bytes(np.stack((tone(), second))), name="a.wav")
    assert np.max(np.abs(audio.samples - tone())) < 0.001


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    decode_file(reader_file("reader_de"), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 10


def test_an_audio_shows_no_samples_when_printed() -> None:
    assert "samples" not in repr(Audio(tone(), RATE))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_gives_audio_or_a_refusal(data: st.DataObject) -> None:
    head = data.draw(
        st.sampled_from([b"fLaC", b"OggS", b"ID3", b"\x1a\x45\xdf\xa3", b"\0\0\0\x20ftypM4A ", b""])
    )
    content = bytearray(head + data.draw(st.binary(max_size=400)))
    if not head:
        content = bytearray(wav_bytes(tone(8_000, 0.2), 8_000))
        for _index in range(5):
            content[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    result = outcome(bytes(content))
    if isinstance(result, str):
        assert result in {"empty", "not_audio", "unreadable", "bad_rate", "too_long"}
    else:
        assert np.max(np.abs(result.samples), initial=0.0) <= 1.0
