"""Transcripts from real Wyoming servers, good and bad ones, on this machine."""

import asyncio
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.recording.errors import SttError
from hub_agent.recording.stt import transcribe
from tests.fakes.stt_server import stt_server
from voices.enrolment.decode import decode_file

RATE = 48_000
_SPEECH = Path(__file__).resolve().parents[2] / "../shared/speech"


@pytest.fixture
def recording() -> Samples:
    samples: Samples = np.sin(np.arange(RATE) * 0.05).astype(np.float32)
    return samples


async def _transcribed(
    url: str,
    recording: Samples,
    *,
    language: str = "en",
    timeout_s: float = 20.0,
    attempts: int = 3,
) -> str:
    return await transcribe(
        url, recording, RATE, language, timeout_s=timeout_s, attempts=attempts, pause_s=0.01
    )


async def _error(
    url: str, recording: Samples, *, timeout_s: float = 20.0, attempts: int = 3
) -> SttError:
    with pytest.raises(SttError) as caught:
        await _transcribed(url, recording, timeout_s=timeout_s, attempts=attempts)
    assert caught.value.hint is not None
    return caught.value


async def test_the_transcript_is_what_the_server_answers(recording: Samples) -> None:
    with stt_server("table", " Guten Morgen, Oma. \n") as server:
        text = await _transcribed(server.url, recording, language="de-DE")
        heard = await asyncio.to_thread(server.heard)

    assert text == "Guten Morgen, Oma."
    assert heard == {"bytes": 32_000, "rate": 16_000, "language": "de", "model": "tiny"}


@pytest.mark.parametrize("mode", ["partial", "old"])
async def test_servers_new_and_old_are_understood(mode: str, recording: Samples) -> None:
    with stt_server(mode, "All of it.") as server:
        assert await _transcribed(server.url, recording) == "All of it."


async def test_a_server_that_fails_once_is_asked_again(recording: Samples) -> None:
    with stt_server("failing-once", "Hello.") as server:
        assert await _transcribed(server.url, recording) == "Hello."


async def test_a_server_that_always_fails_is_asked_three_times(recording: Samples) -> None:
    with stt_server("failing") as server:
        error = await _error(server.url, recording)
        for _ in range(3):
            await asyncio.to_thread(server.heard)

    assert error.reason == "stt_failed"
    assert "secret" not in f"{error} {error.hint}"


@pytest.mark.parametrize(("mode", "reason"), [("no-asr", "stt_none"), ("french", "stt_language")])
async def test_a_server_that_cannot_help_gets_no_audio(
    mode: str, reason: str, recording: Samples
) -> None:
    with stt_server(mode) as server:
        error = await _error(server.url, recording)

    assert error.reason == reason
    assert not error.retry


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("garbage", "stt_answer"),
        ("no-object", "stt_answer"),
        ("no-type", "stt_answer"),
        ("odd-length", "stt_answer"),
        ("deep", "stt_answer"),
        ("huge-line", "stt_answer"),
        ("huge-data", "stt_answer"),
        ("huge-payload", "stt_answer"),
        ("odd-text", "stt_answer"),
        ("chatter", "stt_answer"),
        ("hang-up", "stt_unreachable"),
        ("half", "stt_unreachable"),
        ("hang-up-late", "stt_unreachable"),
    ],
)
async def test_what_is_no_answer_is_a_typed_error(
    mode: str, reason: str, recording: Samples
) -> None:
    with stt_server(mode) as server:
        error = await _error(server.url, recording)

    assert error.reason == reason


async def test_a_server_that_never_answers_is_given_up(recording: Samples) -> None:
    started = time.monotonic()
    with stt_server("silent-after-info") as server:
        error = await _error(server.url, recording, timeout_s=0.3, attempts=2)

    assert error.reason == "stt_slow"
    assert time.monotonic() - started < 10.0


async def test_a_server_that_does_not_describe_itself_is_given_up(
    recording: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_agent.recording.stt._DESCRIBE_S", 0.2)
    with stt_server("silent") as server:
        error = await _error(server.url, recording, attempts=1)

    assert error.reason == "stt_slow"


async def test_where_nobody_listens_is_unreachable(recording: Samples) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        error = await _error(f"wyoming://127.0.0.1:{port}", recording)

    assert error.reason == "stt_unreachable"
    assert str(port) in str(error)


async def test_real_speech_comes_back_as_its_words() -> None:
    pytest.importorskip("pocketsphinx")
    reading = _SPEECH / "readers" / "sonnet_3_en.mp3"
    if not reading.is_file():
        pytest.skip("the recordings of real speech are not here")
    audio = await asyncio.to_thread(decode_file, reading)
    verses = audio.samples[4 * audio.sample_rate : 9 * audio.sample_rate]
    with stt_server("recognise") as server:
        text = await transcribe(server.url, verses, audio.sample_rate, "en-GB")

    assert "the face" in text
    assert "now is the time" in text
