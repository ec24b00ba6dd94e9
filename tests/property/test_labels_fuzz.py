"""Whatever a file holds: reading its labels gives labels, perhaps none."""

import json
import os
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.audio.encoded import EncodedWriter
from hub_agent.audio.encoder import FLAC, MP3, OPUS
from hub_agent.audio.wav import WavWriter
from hub_agent.labels.aigc import parse_aigc
from hub_agent.labels.label import SYNTHETIC, Label, SourceType
from hub_agent.labels.payload import payload_sha256
from hub_agent.labels.read import audio_unchanged, read_labels
from hub_agent.labels.stamp import stamp

EXAMPLES = int(os.environ.get("HUB_AGENT_FUZZ_EXAMPLES", "60"))
CODECS = {".mp3": MP3, ".flac": FLAC, ".ogg": OPUS}
HEADS = [
    b"",
    b"RIFF\xff\0\0\0WAVE",
    b"ID3\x04\0\0\0\0\x01\0",
    b"fLaC\x04\0\0\x40",
    b"OggS",
    b"\xff\xfb",
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@cache
def labelled(suffix: str) -> bytes:
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, 8_000).astype(np.float32)
    label = Label(synthetic=SYNTHETIC, producer="p", produce_id="i", source_type=SourceType.STOCK)
    with TemporaryDirectory() as name:
        path = Path(name) / f"x{suffix}"
        writer = (
            EncodedWriter(path, 16_000, CODECS[suffix])
            if suffix in CODECS
            else WavWriter(path, 16_000)
        )
        writer.write(noise)
        writer.close(lambda part: stamp(part, label))
        return path.read_bytes()


def assert_readable(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for label in read_labels(path):
        assert label.synthetic or label.source_type
        assert all(str(getattr(label, name)).isprintable() for name in Label.__slots__)
        audio_unchanged(path, label)
    with path.open("rb") as file:
        assert len(payload_sha256(file)) in (0, 64)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_any_bytes_are_a_file(folder: Path, head: bytes, rest: bytes) -> None:
    assert_readable(folder / "any", head + rest)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from([".wav", *CODECS]),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, 1 << 16),
)
def test_a_damaged_file_is_read_as_far_as_it_goes(
    folder: Path, suffix: str, damages: list[tuple[int, bytes]], cut: int
) -> None:
    content = bytearray(labelled(suffix))
    for at, junk in damages:
        place = at % min(len(content), 12_000)
        content[place : place + len(junk)] = junk
    assert_readable(folder / "damaged", bytes(content[: len(content) - cut % len(content)]))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=8), st.binary(max_size=60), st.integers(0, 0xFFFF_FFFF))
def test_any_chunks_are_a_wav_file(folder: Path, name: bytes, text: bytes, size: int) -> None:
    chunk = name[:4].ljust(4) + struct.pack("<I", size) + text
    assert_readable(folder / "chunks", labelled(".wav") + chunk)
    assert_readable(folder / "chunk", b"RIFF\0\0\0\0WAVEAIGC" + struct.pack("<I", size) + text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["AIGC", "Label", "ContentProducer", "ProduceID", "x"]), inner
        )
    ),
    max_leaves=6,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(JSON.map(json.dumps) | st.text(max_size=60))
def test_any_text_is_a_field(text: str) -> None:
    parse_aigc(text)
