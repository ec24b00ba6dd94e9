"""WAV as it streams in."""

import io
import struct
import wave
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.engines.remote.wav import MOST_HEADER_BYTES, WavStream
from hub_agent.errors import UnavailableError

PCM = np.arange(-500, 500, dtype="<i2")


def file(*, rate: int = 32_000, channels: int = 1, width: int = 2, pcm: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as opened:
        opened.setnchannels(channels)
        opened.setsampwidth(width)
        opened.setframerate(rate)
        opened.writeframes(pcm)
    return buffer.getvalue()


def with_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    """Another chunk before the format."""
    padded = content + b"\0" * (len(content) % 2)
    return data[:12] + struct.pack("<4sI", name, len(content)) + padded + data[12:]


def heard(stream: WavStream, data: bytes, cuts: list[int]) -> list[int]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [stream.feed(data[a:b]) for a, b in pairwise(edges)]
    return [round(float(sample) * 32768) for sample in np.concatenate(pieces)]


@given(st.lists(st.integers(0, 3000), max_size=20), st.booleans(), st.booleans())
def test_samples_do_not_depend_on_how_the_bytes_arrive(
    cuts: list[int], length_known: bool, other_chunk: bool
) -> None:
    data = file(pcm=PCM.tobytes()) if length_known else file() + PCM.tobytes()
    if other_chunk:
        data = with_chunk(data, b"LIST", b"INFOx")
    stream = WavStream()
    assert heard(stream, data, cuts) == PCM.tolist()
    assert stream.sample_rate == 32_000


def test_what_follows_the_samples_is_not_heard() -> None:
    data = file(pcm=PCM.tobytes()) + b"LIST\x04\0\0\0INFO"
    assert heard(WavStream(), data, [1050]) == PCM.tolist()


def test_a_length_of_all_ones_is_unknown_too() -> None:
    data = file()[:-4] + b"\xff" * 4 + PCM.tobytes()
    assert heard(WavStream(), data, []) == PCM.tolist()


@pytest.mark.parametrize(
    "data",
    [
        b"ID3\x04" + bytes(40),
        b"RIFF\0\0\0\0AVI " + bytes(40),
        file(channels=2),
        file(width=3),
        file(rate=200_000),
        b"RIFF\0\0\0\0WAVE" + b"LIST" + struct.pack("<I", 10**9) + bytes(MOST_HEADER_BYTES),
    ],
    ids=["mp3", "avi", "stereo", "24 bit", "200 kHz", "endless header"],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(UnavailableError) as caught:
        WavStream().feed(data + PCM.tobytes())
    assert caught.value.reason == "server_answer"


@given(st.binary(max_size=200))
def test_any_bytes_give_samples_or_a_typed_error(data: bytes) -> None:
    try:
        WavStream().feed(b"RIFF\0\0\0\0WAVE" + data)
    except UnavailableError as error:
        assert error.reason == "server_answer"  # noqa: PT017 - either way is right
