"""Encoded files: right rates, whole or not at all."""

import resource
import stat
from pathlib import Path

import numpy as np
import pytest

from hub_agent.audio.encoded import EncodedWriter
from hub_agent.audio.encoder import FLAC, MP3, OPUS, Codec
from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError
from voices.enrolment.decode import decode_file

CODECS = {"x.mp3": MP3, "x.flac": FLAC, "x.ogg": OPUS}
KINDS = pytest.mark.parametrize(("name", "codec"), CODECS.items())


def tone(sample_rate: int, seconds: float = 1.0) -> Samples:
    times = np.arange(round(sample_rate * seconds)) / sample_rate
    return (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def write_noise(writer: EncodedWriter) -> None:
    """A minute of what cannot be made small."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 16_000).astype(np.float32)
    for _ in range(60):
        writer.write(noise)


@KINDS
@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 48_000, 96_000])
def test_sound_survives_at_every_rate(
    name: str, codec: Codec, sample_rate: int, tmp_path: Path
) -> None:
    with EncodedWriter(tmp_path / name, sample_rate, codec, mode=0o600) as writer:
        for block in np.array_split(tone(sample_rate), 33):
            writer.write(block)
        assert not writer.is_empty
        assert not (tmp_path / name).exists()
    heard = decode_file(tmp_path / name)
    assert heard.duration_s == pytest.approx(1.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(heard.samples))
    assert np.argmax(spectrum) * heard.sample_rate / heard.samples.size == pytest.approx(440, abs=3)
    middle = heard.samples[heard.samples.size // 3 : heard.samples.size // 2]
    assert float(np.std(middle)) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@KINDS
def test_failing_block_leaves_nothing_behind(name: str, codec: Codec, tmp_path: Path) -> None:
    def fail() -> None:
        with EncodedWriter(tmp_path / name, 16_000, codec) as writer:
            writer.write(tone(16_000))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


@KINDS
def test_what_fails_at_the_end_leaves_nothing_behind(
    name: str, codec: Codec, tmp_path: Path
) -> None:
    def fail(part: Path) -> None:
        assert part.stat().st_size
        raise KeyError

    writer = EncodedWriter(tmp_path / name, 16_000, codec)
    writer.write(tone(16_000))
    with pytest.raises(KeyError):
        writer.close(fail)
    assert list(tmp_path.iterdir()) == []


@KINDS
def test_full_disk_leaves_what_was_there(
    name: str, codec: Codec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(b"what was there before")
    with Path("/dev/full").open("w+b", buffering=0) as full:
        monkeypatch.setattr("hub_agent.audio.part_file._create", lambda _path, _mode: full)
        with pytest.raises(SinkError) as caught:
            write_noise(EncodedWriter(path, 16_000, codec))
    assert caught.value.reason == "disk_full"
    assert path.read_bytes() == b"what was there before"
    assert [each.name for each in tmp_path.iterdir()] == [name]


@KINDS
def test_file_that_grows_too_large_is_dropped(name: str, codec: Codec, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = EncodedWriter(tmp_path / name, 16_000, codec)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(SinkError):
            write_noise(writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
