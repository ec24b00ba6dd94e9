"""Speech for one caller over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, Outcome
from hub_agent.audio.streamed import MEDIA_TYPES
from hub_agent.audio.wav import HEADER_BYTES
from hub_agent.errors import NotFoundError, UnavailableError
from hub_agent.labels.read import read_labels
from hub_agent.messages.fields import Fields
from hub_agent.settings.models import CoreSettings, SpeechSettings
from hub_agent.settings.settings import Settings
from integrations.web import speaking
from integrations.web.one_time import LASTS_S, MOST_ADDRESSES, OneTimeAddresses
from integrations.web.orders import read_order
from integrations.web.speaking import MOST_AT_ONCE
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine, registry_of
from tests.fakes.web_rig import Answer, Asker, asking, raw, until
from voices.enrolment.decode import decode_file

PAGE = "/api/v1/speech"
TEXT = {"Content-Type": "text/plain"}
WORD_S = 0.2
SECRET = "Marzipankartoffel"


class Home:
    """An agent that speaks by sines, somebody who asks it, and the results."""

    def __init__(self, agent: Agent, engine: FakeEngine, asker: Asker) -> None:
        self.agent = agent
        self.engine = engine
        self.asker = asker
        self.results: list[AnnouncementResult] = []
        agent.listen(self._hear)

    def _hear(self, event: AnnouncementEvent) -> None:
        if event.result is not None:
            self.results.append(event.result)

    async def speak(self, text: str = "one two three", **order: Any) -> Answer:
        """The whole answer."""
        return await self.asker.post(PAGE, {"text": text, **order})

    async def begin(self, text: str) -> aiohttp.ClientResponse:
        """An answer that is not read yet."""
        return await self.asker.session.post(
            self.asker.url + PAGE, json={"text": text}, headers=self.asker.headers
        )


@asynccontextmanager
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    engine = FakeEngine()
    core = CoreSettings(speech=SpeechSettings(engine="fake", language="en"))
    core = core.model_copy(update={"rooms": {}})
    agent = Agent(Settings(core=core), data_dir=tmp_path, engines=registry_of(engine))
    async with agent, asking(agent) as asker:
        try:
            yield Home(agent, engine, asker)
        finally:
            engine.unstick.set()


async def settled(count: Callable[[], int]) -> int:
    """What it is when it no longer changes."""
    before = -1
    while True:
        now = count()
        if now == before:
            return now
        before = now
        await asyncio.sleep(0.3)


@pytest.mark.parametrize("kind", sorted(MEDIA_TYPES))
async def test_speech_comes_in_the_format_that_is_asked_for(tmp_path: Path, kind: str) -> None:
    async with home(tmp_path) as at:
        answer = await at.speak(format=kind)
    assert (answer.status, answer.headers["Content-Type"]) == (200, MEDIA_TYPES[kind])
    assert answer.headers["X-Hub-Agent-Id"] == at.results[0].id
    assert answer.headers["X-Synthetic-Speech"] == "true"
    file = tmp_path / f"said.{kind}"
    file.write_bytes(answer.body)
    (label,) = read_labels(file)
    assert label.synthetic == "1"
    heard = decode_file(file)
    assert heard.samples.size / heard.sample_rate == pytest.approx(3 * WORD_S, abs=0.15)


async def test_rate_is_the_voices_own_or_the_one_that_is_asked_for(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        for rate in (16_000, 48_000):
            answer = await (at.speak() if rate == 16_000 else at.speak(sample_rate=rate))
            assert int.from_bytes(answer.body[24:28], "little") == rate


@pytest.mark.parametrize(
    ("order", "status", "reason"),
    [
        ({"text": "  "}, 400, "empty_text"),
        ({"text": "…"}, 400, "nothing_to_say"),
        ({"voice": "nobody"}, 404, "unknown_voice"),
        ({"engine": "steam"}, 404, "unknown_engine"),
        ({"format": "exe"}, 400, "bad_format"),
        ({"format": "../x"}, 400, "bad_format"),
        ({"sample_rate": 7_999}, 400, "bad_sample_rate"),
        ({"sample_rate": "16000"}, 400, "bad_sample_rate"),
        ({"sample_rate": True}, 400, "bad_sample_rate"),
        ({"purpose": "spam"}, 400, "bad_purpose"),
        ({"rooms": ["home"]}, 400, "unknown_key"),
        ({"id": "x"}, 400, "unknown_key"),
        ({"text": "fail"}, 500, "engine_failed"),
    ],
)
async def test_what_is_refused_before_the_first_sample_is_said_in_json(
    tmp_path: Path, order: dict[str, Any], status: int, reason: str
) -> None:
    async with home(tmp_path) as at:
        answer = await at.speak(**{"text": "hello", **order})
    assert (answer.status, answer.reason) == (status, reason)


async def test_what_fails_later_breaks_the_connection(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        with pytest.raises(aiohttp.ClientPayloadError):
            await at.speak("one two three. fail now.")
        assert at.results[-1].outcome is Outcome.FAILED
        assert (await at.speak()).status == 200


async def test_answer_begins_although_the_engine_takes_its_time(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        response = await at.begin("stuck")
        head = await response.content.readexactly(HEADER_BYTES)
        assert head[:4] == b"RIFF"
        at.engine.unstick.set()
        assert len(await response.read()) > WORD_S * 16_000


async def test_caller_that_goes_away_ends_the_synthesis(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        response = await at.begin("word " * 1500)
        await response.content.readexactly(1000)
        response.close()
        await until(lambda: at.results)
        assert at.results[0].outcome is Outcome.INTERRUPTED
        assert at.results[0].audio_s < 100


async def test_caller_that_reads_slowly_slows_the_synthesis(tmp_path: Path) -> None:
    """What is made ahead is bounded: 300 s of speech are 9.6 MB."""
    async with home(tmp_path) as at:
        response = await at.begin("word. " * 1500)
        await response.content.readexactly(1000)
        made = await settled(lambda: len(at.engine.said))
        assert 0 < made * WORD_S < 200
        response.close()
        await until(lambda: at.results)


async def test_caller_that_does_not_read_at_all_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.web.speech_sink.STALLED_S", 0.2)
    async with home(tmp_path) as at:
        response = await at.begin("word. " * 1500)
        await until(lambda: at.results)
        assert (at.results[0].outcome, at.results[0].reason) == (Outcome.FAILED, "reader_stalled")
        response.close()


async def test_hundred_at_once_are_served_or_told_to_come_back(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        answers = await asyncio.gather(*(at.speak() for _ in range(100)))
        served = [answer for answer in answers if answer.status == 200]
        assert {answer.reason for answer in answers} == {None, "busy"}
        assert len(served) >= MOST_AT_ONCE
        assert {len(answer.body) for answer in served} == {len(served[0].body)}
        assert len(at.results) == len(served)
        for _ in range(2 * MOST_AT_ONCE):
            assert (await at.speak("hello")).status == 200


async def growing(pieces: list[bytes], pause_s: float = 0.0) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause_s)


async def test_text_may_grow_while_it_is_spoken(tmp_path: Path) -> None:
    heard = asyncio.Event()

    async def text() -> AsyncIterator[bytes]:
        yield b"one two three four. five six "
        await heard.wait()
        yield b"seven."

    async with home(tmp_path) as at:
        headers = at.asker.headers | TEXT
        url = f"{at.asker.url}{PAGE}?format=wav&sample_rate=16000"
        async with at.asker.session.post(url, data=text(), headers=headers) as response:
            early = await response.content.readexactly(HEADER_BYTES + 4000)
            heard.set()
            rest = await response.read()
    assert at.engine.said[0].startswith("one")
    assert len(early + rest) / 32_000 == pytest.approx(7 * WORD_S, abs=0.6)
    assert at.results[0].outcome is Outcome.SPOKEN


async def test_letters_that_arrive_in_halves_are_whole(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        halves = growing([b"sch\xc3", b"\xb6n war es hier"], 0.05)
        answer = await at.asker.post(PAGE, data=halves, headers=TEXT)
    assert answer.status == 200
    assert "schön" in " ".join(at.engine.said)


@pytest.mark.parametrize(
    ("query", "pieces", "reason"),
    [
        ("", [b"\xff\xfe"], "bad_utf8"),
        ("", [b"stuck \xc3"], "bad_utf8"),
        ("", [b"a\0b"], "bad_text"),
        ("", [b"stuck " + b"a " * 6000], "text_too_long"),
        ("", [b""], "nothing_to_say"),
        ("?format=exe", [b"hello"], "bad_format"),
        ("?sample_rate=1e4", [b"hello"], "bad_sample_rate"),
        ("?format=wav&format=mp3", [b"hello"], "duplicate_key"),
        ("?text=hello", [b"hello"], "unknown_key"),
    ],
)
async def test_growing_text_that_cannot_be_is_refused(
    tmp_path: Path, query: str, pieces: list[bytes], reason: str
) -> None:
    async with home(tmp_path) as at:
        answer = await at.asker.post(PAGE + query, data=growing(pieces), headers=TEXT)
        assert (answer.status, answer.reason) == (400, reason)
        at.engine.unstick.set()
        assert (await at.speak()).status == 200


async def test_text_that_stops_growing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "NEXT_PIECE_S", 0.1)
    never = asyncio.Event()

    async def text() -> AsyncIterator[bytes]:
        yield b"one two three four five six"
        await never.wait()

    async with home(tmp_path) as at:
        answer = await at.asker.post(PAGE, data=text(), headers=TEXT)
        assert (answer.status, answer.reason) == (503, "text_stalled")


async def test_one_time_address_works_once_and_without_a_token(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        address = (await at.asker.post(f"{PAGE}/url", {"text": "one two", "format": "mp3"})).json
        assert address["url"].endswith(".mp3")
        assert address["expires_s"] == LASTS_S
        url = address["url"]
        head = await at.asker.ask("HEAD", url, token=None)
        assert (head.status, head.headers["Content-Type"]) == (200, "audio/mpeg")
        assert at.engine.said == []
        got = await asyncio.gather(*(at.asker.get(url, token=None) for _ in range(5)))
        assert sorted(answer.status for answer in got) == [200, 404, 404, 404, 404]
        (spoken,) = (answer for answer in got if answer.status == 200)
        assert spoken.headers["X-Hub-Agent-Id"] == address["id"]
        other = (await at.asker.post(f"{PAGE}/url", {"text": "one"})).json["url"]
        for wrong in (other[:-5] + ".wav", other.replace(".wav", ".mp3"), "/speech/x.wav"):
            assert (await at.asker.get(wrong, token=None)).reason == "no_such_speech"


def test_addresses_are_forgotten_bounded_and_not_to_be_guessed() -> None:
    clock = FakeClock()
    addresses = OneTimeAddresses(clock)
    order = read_order(Fields({"text": "hello"}))
    names = {addresses.issue(order) for _ in range(MOST_ADDRESSES)}
    assert len(names) == MOST_ADDRESSES
    assert {len(name) for name in names} == {22 + len(".wav")}
    with pytest.raises(UnavailableError):
        addresses.issue(order)
    clock.advance(LASTS_S)
    for name in names:
        with pytest.raises(NotFoundError):
            addresses.take(name)
    assert addresses.issue(order)


async def test_neither_text_nor_token_nor_address_is_logged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with home(tmp_path) as at:
        await at.speak(SECRET)
        await at.speak(f"{SECRET} fail", voice=SECRET)
        await at.asker.post("/api/v1/announcements", {"text": SECRET, SECRET: SECRET})
        await at.asker.get(f"/api/v1/{SECRET}?token={SECRET}")
        await at.asker.get("/api/v1/state", token=SECRET)
        url = (await at.asker.post(f"{PAGE}/url", {"text": SECRET})).json["url"]
        await at.asker.get(url, token=None)
        token = at.asker.token
        for line in (f"{SECRET} {token}", f"GET /{SECRET} HTTP/1.1\r\n{token} {SECRET}"):
            await raw(at.asker, f"{line}\r\n\r\n".encode())
    logged = "".join(capfd.readouterr()) + caplog.text
    assert "announcement finished" in logged
    assert not [word for word in (SECRET, token, url[8:-4]) if word in logged]
