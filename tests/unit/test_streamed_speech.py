"""Speech as bytes for a stream: playable from the beginning, and labelled."""

import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.audio.streamed import MEDIA_TYPES, STREAMS
from hub_agent.labels.label import SYNTHETIC, Label, SourceType
from hub_agent.labels.read import read_labels
from voices.enrolment.decode import decode_file

LABEL = Label(
    synthetic=SYNTHETIC,
    producer="hub-agent",
    produce_id="ab" * 16,
    source_type=SourceType.CLONED,
    software="hub-agent 1",
    created="2026-11-21T12:00:00Z",
)
KINDS = sorted(STREAMS)
RATES = [8_000, 22_050, 48_000]


def tone(seconds: float, rate: int) -> Samples:
    times = np.arange(round(seconds * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def streamed(kind: str, samples: Samples, rate: int) -> list[bytes]:
    stream = STREAMS[kind](rate, LABEL)
    block = rate // 50
    pieces = [stream.head()]
    pieces += [stream.write(samples[at : at + block]) for at in range(0, samples.size, block)]
    return [*pieces, stream.finish()]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_streamed_is_what_was_said(kind: str, rate: int, tmp_path: Path) -> None:
    said = tone(1.5, rate)
    file = tmp_path / f"said.{kind}"
    file.write_bytes(b"".join(streamed(kind, said, rate)))
    heard = decode_file(file)
    assert heard.samples.size / heard.sample_rate == pytest.approx(
        1.5, abs=0.2
    )  # MP3 frames at 8 kHz
    level = float(np.sqrt(np.mean(heard.samples**2)))
    assert level == pytest.approx(0.4 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_label_is_in_front_and_can_be_read_of_the_beginning_alone(
    kind: str, tmp_path: Path
) -> None:
    pieces = streamed(kind, tone(2.0, 22_050), 22_050)
    file = tmp_path / f"said.{kind}"
    file.write_bytes(b"".join(pieces[: len(pieces) // 2]))
    assert read_labels(file) == [LABEL]


@pytest.mark.parametrize("kind", KINDS)
def test_sound_comes_out_soon_after_it_went_in(kind: str) -> None:
    pieces = streamed(kind, tone(2.0, 22_050), 22_050)
    sizes = np.cumsum([len(piece) for piece in pieces[1:]])
    assert next(at for at, size in enumerate(sizes) if size) * 0.02 <= 0.22
    assert sizes[len(sizes) // 2] > sizes[-1] * 0.4


def test_wav_has_no_sizes_and_its_samples_are_exact() -> None:
    said = tone(0.1, 16_000)
    stream = STREAMS["wav"](16_000, LABEL)
    head, pcm = stream.head(), stream.write(said)
    assert head[4:8] == head[-4:] == b"\xff\xff\xff\xff"
    assert head[-8:-4] == b"data"
    assert len(head) < 2048
    with wave.open(BytesIO(head + pcm)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (16_000, 1, 2)
        assert read.readframes(said.size) == pcm


def test_every_kind_has_a_media_type() -> None:
    assert MEDIA_TYPES.keys() == STREAMS.keys()
