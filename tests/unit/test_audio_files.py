"""WAV files in and out, and chimes."""

import io
import os
import resource
import stat
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.audio.chime import CHIMES, chime
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import WavWriter, float_to_pcm16, pcm16_to_float, wav_header
from hub_agent.audio.wav_read import read_wav
from hub_agent.errors import HubAgentError, InvalidAnnouncementError, NotFoundError, SinkError

RATE = 16_000


def tone(seconds: float = 0.2) -> Samples:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@given(st.binary(max_size=200))
def test_pcm_to_samples_and_back_is_the_same_pcm(pcm: bytes) -> None:
    assert float_to_pcm16(pcm16_to_float(pcm)) == pcm[: len(pcm) // 2 * 2]


def test_samples_out_of_range_are_clipped_and_nan_is_silence() -> None:
    odd = np.array([2.0, -2.0, np.nan, np.inf, -np.inf], np.float32)

    assert np.frombuffer(float_to_pcm16(odd), "<i2").tolist() == [
        32767,
        -32768,
        0,
        32767,
        -32768,
    ]


def test_a_written_file_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    with WavWriter(path, RATE, mode=0o600) as writer:
        writer.write(tone())
        writer.write(tone())
        assert not path.exists()

    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == 2 * tone().size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _names(tmp_path) == ["out.wav"]


def test_a_failing_block_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail() -> None:
        with WavWriter(tmp_path / "out.wav", RATE) as writer:
            writer.write(tone())
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert _names(tmp_path) == []


def test_a_full_disk_is_an_error_with_a_hint_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.wav"
    path.write_bytes(b"what was there before")
    with Path("/dev/full").open("w+b", buffering=0) as full:
        monkeypatch.setattr("hub_agent.audio.part_file._create", lambda _path, _mode: full)
        with pytest.raises(SinkError) as caught:
            WavWriter(path, RATE).write(tone())

    assert caught.value.reason == "disk_full"
    assert caught.value.hint
    assert path.read_bytes() == b"what was there before"
    assert _names(tmp_path) == ["out.wav"]


def test_a_file_larger_than_may_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    writer = WavWriter(tmp_path / "out.wav", RATE)
    try:
        with pytest.raises(SinkError):
            writer.write(tone(4))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert _names(tmp_path) == []


def test_a_missing_folder_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(SinkError) as caught:
        WavWriter(tmp_path / "missing" / "out.wav", RATE)
    assert caught.value.hint


def test_a_stream_gets_its_sizes_at_the_end_and_stays_open() -> None:
    stream = io.BytesIO(b"before")
    stream.seek(0, io.SEEK_END)
    with WavWriter(stream, RATE) as writer:
        writer.write(tone())

    stream.seek(len(b"before"))
    with wave.open(stream) as file:
        assert file.getnframes() == tone().size


def test_a_pipe_gets_an_endless_header() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream, WavWriter(stream, RATE) as writer:
        writer.write(tone(0.01))
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()

    assert data[:4] == b"RIFF"
    assert struct.unpack("<I", data[40:44])[0] > 0xFFFF_0000
    assert data[44:] == float_to_pcm16(tone(0.01))


def _wav(path: Path, width: int, channels: int, seconds: float = 0.2) -> Path:
    whole = np.round(tone(seconds).astype(np.float64) * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    if width == 1:
        whole += 128
    frames = np.repeat(whole, channels).astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(RATE)
        file.writeframes(frames.tobytes())
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_files_of_every_width_are_read(tmp_path: Path, width: int, channels: int) -> None:
    samples, rate = read_wav(_wav(tmp_path / "a.wav", width, channels), max_s=10)

    assert rate == RATE
    np.testing.assert_allclose(samples, tone(), atol=0.01 if width == 1 else 1e-4)


@pytest.mark.parametrize(("kind", "extensible"), [(3, False), (3, True)])
def test_float_files_are_read(tmp_path: Path, kind: int, extensible: bool) -> None:
    data = tone().tobytes()
    fmt = struct.pack("<HHIIHH", 0xFFFE if extensible else kind, 1, RATE, RATE * 4, 4, 32)
    if extensible:
        fmt += struct.pack("<HHIH14s", 22, 32, 4, kind, b"")
    chunks = struct.pack("<4sI", b"fmt ", len(fmt)) + fmt
    chunks += struct.pack("<4sI3sx", b"odd ", 3, b"abc")
    chunks += struct.pack("<4sI", b"data", len(data)) + data
    path = tmp_path / "float.wav"
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", len(chunks) + 4, b"WAVE") + chunks)

    samples, _ = read_wav(path, max_s=10)

    np.testing.assert_allclose(samples, tone(), atol=1e-6)


@given(st.binary(max_size=120), st.booleans())
def test_any_bytes_give_samples_or_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, has_header: bool
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.wav"
    path.write_bytes(wav_header(RATE, 40)[: 44 - len(data) % 30] * has_header + data)
    try:
        samples, _ = read_wav(path, max_s=1)
    except HubAgentError:
        return
    assert samples.dtype == np.float32


def test_a_recording_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidAnnouncementError):
        chime(str(_wav(tmp_path / "long.wav", 2, 1, seconds=11)), 48_000)


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 48_000])
@pytest.mark.parametrize("name", CHIMES)
def test_built_in_chimes_are_short_soft_edged_and_of_one_loudness(
    name: str, sample_rate: int
) -> None:
    samples = chime(name, sample_rate)

    assert samples.size <= sample_rate
    assert np.abs(samples).max() == pytest.approx(10 ** (-12 / 20), rel=0.05)
    assert np.abs(samples[[0, -1]]).max() < 0.001
    assert chime(name, sample_rate) is samples


def test_a_chime_from_a_file_is_resampled_and_has_soft_edges(tmp_path: Path) -> None:
    samples = chime(str(_wav(tmp_path / "gong.wav", 2, 2)), 48_000)

    assert samples.size == pytest.approx(0.2 * 48_000, abs=1)
    assert np.abs(samples[[0, -1]]).max() < 0.01


def test_a_chime_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = _wav(tmp_path / "gong.wav", 2, 1)
    first = chime(str(path), RATE)
    os.utime(_wav(path, 2, 1, seconds=0.4), ns=(1, 1))

    assert chime(str(path), RATE).size > first.size


@pytest.mark.parametrize("name", ["gong", "/nowhere/gong.wav", "a\0b", ""])
def test_a_missing_chime_is_a_typed_error(name: str) -> None:
    with pytest.raises((NotFoundError, InvalidAnnouncementError)) as caught:
        chime(name, RATE)
    assert caught.value.hint
