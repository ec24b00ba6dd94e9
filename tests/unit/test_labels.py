"""What files say about the speech in them: written by us, read by us and by other programs."""

import json
import shutil
import struct
import subprocess
import wave
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.errors import NotFoundError
from hub_agent.labels.label import SOFTWARE, SYNTHETIC, Label, SourceType
from hub_agent.labels.payload import payload_sha256
from hub_agent.labels.read import audio_unchanged, read_labels
from hub_agent.labels.xmp import with_xmp
from hub_agent.sinks.speech_file import SUFFIXES, SpeechFile

RATE = 22_050
LABEL = Label(
    synthetic=SYNTHETIC,
    producer='Müller & "Söhne"',
    produce_id="0123abcd",
    source_type=SourceType.CLONED,
    software=SOFTWARE,
    created="2026-11-21T15:00:00Z",
)
KEYS = {
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
}


def tone(seconds: float = 0.5) -> Samples:
    times = np.arange(round(RATE * seconds)) / RATE
    return (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


async def written(path: Path, samples: Samples | None = None) -> Path:
    async with SpeechFile(path, sample_rate=RATE) as sink:
        sink.take_label(LABEL)
        await sink.begin("x")
        for block in np.array_split(tone() if samples is None else samples, 7):
            await sink.write(block)
        await sink.finish()
    return path


def ffprobe(path: Path) -> dict[str, Any]:
    if shutil.which("ffprobe") is None:
        pytest.skip("needs the program ffprobe")
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, capture_output=True, check=True).stdout
    )
    tags = {**found["format"].get("tags", {}), **found["streams"][0].get("tags", {})}
    return {
        "tags": {name.upper(): value for name, value in tags.items()},
        "codec": found["streams"][0]["codec_name"],
        "duration_s": float(found["format"]["duration"]),
    }


def soxi(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["soxi", "-s", str(path)], capture_output=True, text=True, check=True)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def tags_of(path: Path) -> Any:
    return mutagen.File(path)


def assert_aigc(value: str) -> None:
    fields = json.loads(value)
    assert set(fields) == KEYS
    assert fields["Label"] == "1"
    assert fields["ContentProducer"] == LABEL.producer
    assert fields["ProduceID"] == LABEL.produce_id
    assert len(fields["ReservedCode1"]) == 64


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_label_is_read_back_from_every_kind_of_file(suffix: str, tmp_path: Path) -> None:
    path = await written(tmp_path / f"x{suffix}")
    (found,) = read_labels(path)
    assert audio_unchanged(path, found)
    assert (found.synthetic, found.producer, found.produce_id) == ("1", LABEL.producer, "0123abcd")
    assert (found.source_type, found.software) == (SourceType.CLONED, SOFTWARE)
    assert found.created == LABEL.created
    assert names_in(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mp3", "mp3"), (".flac", "flac"), (".ogg", "opus"), (".opus", "opus")]
)
async def test_other_programs_read_the_field(suffix: str, codec: str, tmp_path: Path) -> None:
    heard = ffprobe(await written(tmp_path / f"x{suffix}"))
    assert heard["codec"] == codec
    assert heard["duration_s"] == pytest.approx(0.5, abs=0.08)
    assert_aigc(heard["tags"]["AIGC"])
    assert heard["tags"]["ENCODER"] == SOFTWARE


async def test_tags_are_where_the_rules_want_them(tmp_path: Path) -> None:
    id3 = tags_of(await written(tmp_path / "x.mp3")).tags
    assert_aigc(id3["TXXX:AIGC"].text[0])
    assert SourceType.CLONED in id3.getall("PRIV")[0].data.decode()
    assert_aigc(tags_of(await written(tmp_path / "x.flac"))["AIGC"][0])
    opus = tags_of(await written(tmp_path / "x.opus"))
    assert_aigc(opus["AIGC"][0])
    assert SourceType.CLONED in opus["XMP"][0]


async def test_wav_keeps_its_samples_for_programs_that_know_no_labels(tmp_path: Path) -> None:
    path = await written(tmp_path / "x.wav")
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    assert np.abs(samples - tone()).max() < 1e-4
    content = path.read_bytes()
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    at = content.index(b"AIGC")
    size = struct.unpack("<I", content[at + 4 : at + 8])[0]
    assert at > 44 + tone().size * 2 - 1
    assert_aigc(json.dumps(json.loads(content[at + 8 : at + 8 + size])["AIGC"]))
    assert ffprobe(path)["tags"]["ENCODER"] == SOFTWARE


@pytest.mark.skipif(shutil.which("sox") is None, reason="needs the program sox")
async def test_sox_takes_the_labelled_file(tmp_path: Path) -> None:
    done = soxi(await written(tmp_path / "x.wav"))
    assert int(done.stdout) == tone().size
    assert done.stderr == ""


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_changed_audio_does_not_fit_its_label_any_more(suffix: str, tmp_path: Path) -> None:
    path = await written(tmp_path / f"x{suffix}")
    (label,) = read_labels(path)
    content = bytearray(path.read_bytes())
    place = 44 + 100 if suffix == ".wav" else len(content) - 100
    content[place] ^= 1
    path.write_bytes(content)
    assert not audio_unchanged(path, label)


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".opus"])
async def test_other_tags_do_not_touch_the_digest(suffix: str, tmp_path: Path) -> None:
    path = await written(tmp_path / f"x{suffix}")
    (label,) = read_labels(path)
    tags: Any = mutagen.File(path, easy=True)
    tags["title"] = "Breakfast" * 2000
    tags.save()
    assert audio_unchanged(path, label)
    assert read_labels(path) == [label]


async def test_same_samples_have_the_same_digest(tmp_path: Path) -> None:
    digests = set()
    for name in ("a.flac", "b.flac"):
        with (await written(tmp_path / name)).open("rb") as file:
            digests.add(payload_sha256(file))
    assert len(digests) == 1


@pytest.mark.parametrize("wrapped", [True, False])
async def test_both_forms_of_the_field_are_read(wrapped: bool, tmp_path: Path) -> None:
    path = await written(tmp_path / "x.flac")
    tags = tags_of(path)
    inner = {"Label": 2, "ContentProducer": "Somebody", "ProduceID": "7"}
    tags["AIGC"] = [json.dumps({"AIGC": inner} if wrapped else inner), "not JSON", "[]", "{}"]
    tags.save()
    (found,) = read_labels(path)
    assert (found.synthetic, found.producer, found.produce_id) == ("2", "Somebody", "7")


async def test_what_strangers_write_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = await written(tmp_path / "x.flac")
    tags = tags_of(path)
    tags["AIGC"] = json.dumps(
        {"Label": "1", "ContentProducer": "\x1b[2Jgone\u202e\ud800" + "x" * 999}
    )
    tags.save()
    (found,) = read_labels(path)
    assert found.producer.isprintable()
    assert found.producer.startswith("[2Jgone")
    assert len(found.producer) < 256


def test_xmp_is_read_as_elements_too() -> None:
    uri = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
    packet = f"<a:DigitalSourceType> {uri} </a:DigitalSourceType><x:CreatorTool>T</x:CreatorTool>"
    found = with_xmp(Label(), packet.encode())
    assert (found.source_type, found.software) == (uri, "T")


def test_files_without_labels_have_none(tmp_path: Path) -> None:
    for name, content in (("a.txt", b"hello"), ("b", b""), ("c.wav", b"RIFF\0\0\0\0WAVE")):
        (tmp_path / name).write_bytes(content)
        assert read_labels(tmp_path / name) == []
    with pytest.raises(NotFoundError):
        read_labels(tmp_path / "missing.wav")


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_a_cut_announcement_is_labelled_too(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    async with SpeechFile(path, sample_rate=RATE) as sink:
        sink.take_label(LABEL)
        await sink.begin("x")
        await sink.write(tone())
        await sink.cut(tone(0.02))
    assert len(read_labels(path)) == 1
