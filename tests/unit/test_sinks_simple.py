"""Sinks without a device: files, pacing, leading silence, making them from settings."""

import asyncio
import re
import stat
import wave
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError
from hub_agent.labels.label import SYNTHETIC, Label
from hub_agent.labels.read import read_labels
from hub_agent.settings.models import RoomSettings
from hub_agent.settings.sinks import SinkSettings
from hub_agent.sinks.leading import LeadingSilence
from hub_agent.sinks.make import make_group, make_sink
from hub_agent.sinks.null import NullSink
from hub_agent.sinks.offload import offload
from hub_agent.sinks.pacing import Pacer
from hub_agent.sinks.retry import Retry
from hub_agent.sinks.sink import give_label
from hub_agent.sinks.speech_file import SpeechFile
from hub_agent.sinks.wav_folder import WavFolderSink
from tests.fakes.clock import FakeClock
from tests.fakes.sink import RecordingSink

RATE = 16_000
LABEL = Label(synthetic=SYNTHETIC, producer="test", produce_id="1")


def half(num_samples: int) -> Samples:
    return np.full(num_samples, 0.5, np.float32)


def frames_of(path: Path) -> int:
    with wave.open(str(path)) as file:
        return int(file.getnframes())


def everything_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def wavs(folder: Path) -> list[Path]:
    return list(folder.glob("*.wav"))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def put(path: Path) -> None:
    path.write_bytes(b"somebody else's")


def folder_sink(folder: Path, keep: int = 100, clock: FakeClock | None = None) -> WavFolderSink:
    sink = WavFolderSink(folder, sample_rate=RATE, clock=clock or FakeClock(), keep=keep)
    sink.take_label(LABEL)
    return sink


def one_file(path: Path) -> SpeechFile:
    sink = SpeechFile(path, sample_rate=RATE)
    sink.take_label(LABEL)
    return sink


async def test_every_utterance_is_one_file_named_by_time_and_id(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=2))
    clock = FakeClock(datetime(2026, 5, 4, 1, 2, 3, 456_000, tzinfo=zone))
    folder = tmp_path / "spoken"
    async with folder_sink(folder, clock=clock) as sink:
        await sink.begin("door-bell")
        await sink.write(half(100))
        await sink.write(half(200))
        assert not wavs(folder)
        await sink.finish()

    path = folder / "20260503T230203.456Z-door-bell.wav"
    assert frames_of(path) == 300
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "a/b", "\0", "x" * 500, "", "ü.wav"])
async def test_no_id_leads_out_of_the_folder(hostile: str, tmp_path: Path) -> None:
    async with folder_sink(tmp_path / "in") as sink:
        await sink.begin(hostile)
        await sink.finish()

    (path,) = wavs(tmp_path / "in")
    assert re.fullmatch(r"[0-9TZ.]+-[A-Za-z0-9_-]{1,64}\.wav", path.name)


async def test_only_the_newest_files_are_kept_and_strangers_left_alone(tmp_path: Path) -> None:
    clock = FakeClock()
    put(tmp_path / "holiday.wav")
    put(tmp_path / ".20250101T000000.000Z-old.wav.77.part")
    async with folder_sink(tmp_path, keep=2, clock=clock) as sink:
        for name in "abc":
            await sink.begin(name)
            await sink.finish()
            clock.advance(1)

    names = names_in(tmp_path)
    assert [name[-5] for name in names] == ["b", "c", "y"]


async def test_a_cut_file_ends_with_a_fade(tmp_path: Path) -> None:
    async with one_file(tmp_path / "x.wav") as sink:
        await sink.begin("x")
        await sink.write(half(100))
        assert await sink.cut(half(320)) == 0

    assert frames_of(tmp_path / "x.wav") == 420


async def test_leaving_in_the_middle_leaves_no_file(tmp_path: Path) -> None:
    async with one_file(tmp_path / "x.wav") as sink:
        await sink.begin("x")
        await sink.write(half(100))

    assert not names_in(tmp_path)


async def test_a_folder_that_cannot_be_made_is_an_error_with_a_hint(tmp_path: Path) -> None:
    put(tmp_path / "file")
    async with folder_sink(tmp_path / "file" / "below") as sink:
        with pytest.raises(SinkError) as caught:
            await sink.begin("x")
        assert caught.value.hint
        with pytest.raises(SinkError):
            await sink.write(half(10))


async def test_pacing_runs_ahead_by_its_lead_and_no_further() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATE, lead_ms=100)
    started = clock.monotonic()
    pacer.begin()
    for _ in range(50):
        await pacer.take(RATE // 50)
        ahead_s = pacer.unplayed() / RATE
        assert ahead_s <= 0.1 + 1e-6
    assert clock.monotonic() - started == pytest.approx(0.9)

    await pacer.drain()
    assert clock.monotonic() - started == pytest.approx(1.0)
    assert pacer.unplayed() == 0
    assert pacer.underruns == 0


async def test_pacing_counts_a_gap_in_the_middle_but_none_between_utterances() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATE, lead_ms=100)
    for _ in range(2):
        pacer.begin()
        await pacer.take(100)
        await pacer.drain()
        clock.advance(10)
    assert pacer.underruns == 0

    pacer.begin()
    await pacer.take(100)
    clock.advance(10)
    await pacer.take(100)
    assert pacer.underruns == 1


async def test_a_paced_null_sink_knows_what_was_not_heard() -> None:
    clock = FakeClock()
    async with NullSink(sample_rate=RATE, clock=clock, paced=True) as sink:
        await sink.begin("x")
        await sink.write(half(RATE))
        unheard = sink.unplayed()
        assert unheard == pytest.approx(0.2 * RATE, abs=1)
        assert await sink.cut(half(0)) == unheard
        assert sink.unplayed() == 0


async def test_leading_silence_comes_first_and_is_not_counted() -> None:
    inner = NullSink(sample_rate=RATE, clock=FakeClock(), paced=True)
    async with LeadingSilence(inner, 1000) as sink:
        await sink.begin("x")
        assert inner.unplayed() > 0
        assert sink.unplayed() == 0
        await sink.write(half(100))
        assert await sink.cut(half(0)) == 100


async def test_leading_silence_is_written_before_every_utterance() -> None:
    inner = RecordingSink(sample_rate=RATE)
    async with LeadingSilence(inner, 100) as sink:
        for name in "ab":
            await sink.begin(name)
            await sink.write(half(10))
            await sink.finish()

    for index in range(2):
        heard = inner.audio(index)
        assert heard.size == RATE // 10 + 10
        assert not heard[: RATE // 10].any()


def test_pauses_between_attempts_grow_up_to_a_bound_and_end_with_success() -> None:
    clock = FakeClock()
    retry = Retry(clock, first_s=1, most_s=4)
    pauses = []
    for _ in range(4):
        retry.failed()
        started = clock.monotonic()
        while not retry.due():
            clock.advance(0.5)
        pauses.append(clock.monotonic() - started)
    assert pauses == [1, 2, 4, 4]

    retry.failed(at_least_s=60)
    clock.advance(59)
    assert not retry.due()
    retry.worked()
    assert retry.due()


async def test_a_call_that_hangs_is_given_up_and_its_late_result_disposed_of() -> None:
    loop = asyncio.get_running_loop()
    release, disposed = asyncio.Event(), asyncio.Event()

    def hang() -> str:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)
        return "late"

    def dispose(result: str) -> None:
        assert result == "late"
        loop.call_soon_threadsafe(disposed.set)

    with pytest.raises(TimeoutError):
        await offload(hang, name="hang", timeout_s=0.02, abandoned=dispose)
    release.set()
    async with asyncio.timeout(10):
        await disposed.wait()


async def test_an_error_in_the_thread_reaches_the_caller() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await offload(fail, name="fail", timeout_s=5)


@pytest.mark.parametrize(
    "section",
    [
        {"type": "device", "device": "USB", "buffer_ms": 100},
        {"type": "wav", "folder": "~/spoken"},
        {"type": "pipe", "path": "/tmp/snapfifo"},
        {"type": "tcp", "host": "snapserver"},
        {"type": "null", "paced": True, "leading_silence_ms": 300},
    ],
)
def test_every_kind_of_sink_can_be_made_from_its_settings(section: dict[str, object]) -> None:
    settings: SinkSettings = TypeAdapter[SinkSettings](SinkSettings).validate_python(section)

    sink = make_sink(settings, sample_rate=RATE, clock=FakeClock())

    assert sink.sample_rate == RATE
    assert sink.unplayed() == sink.underruns == 0


async def test_a_room_of_two_files_writes_both_after_the_longest_silence(tmp_path: Path) -> None:
    room = RoomSettings.model_validate(
        {
            "sample_rate": RATE,
            "sinks": [
                {"type": "wav", "folder": str(tmp_path / "a"), "leading_silence_ms": 100},
                {"type": "wav", "folder": str(tmp_path / "b")},
            ],
        }
    )
    async with make_group("kitchen", room, clock=FakeClock()) as sink:
        give_label(sink, LABEL)
        await sink.begin("x")
        await sink.write(half(50))
        await sink.finish()

    for folder in "ab":
        (path,) = wavs(tmp_path / folder)
        assert frames_of(path) == RATE // 10 + 50
        assert [label.produce_id for label in read_labels(path)] == ["1"]


async def test_a_file_that_never_got_a_sound_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    async with one_file(path) as sink:
        await sink.begin("x")
        await sink.cut(half(0))
    assert everything_in(tmp_path) == []


async def test_speech_without_a_label_is_not_kept(tmp_path: Path) -> None:
    async with SpeechFile(tmp_path / "x.wav", sample_rate=RATE) as sink:
        await sink.begin("x")
        await sink.write(half(100))
        with pytest.raises(SinkError) as caught:
            await sink.finish()
    assert caught.value.reason == "no_label"
    assert everything_in(tmp_path) == []
