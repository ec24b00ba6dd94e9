"""A family voice by the family's own GPT-SoVITS server, and what happens when that fails."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, AnnouncementResult, Outcome
from hub_agent.audio.stage import Samples
from hub_agent.cli.checkup import Status
from hub_agent.cli.checkup_speech import check_family_engines
from hub_agent.cli.main import app
from hub_agent.settings.engines import EngineSettings, GptSovitsServerSettings
from hub_agent.settings.models import CoreSettings, SpeechSettings
from hub_agent.settings.settings import Settings
from tests.cli.in_process import command_line
from tests.fakes.gpt_sovits_api import BUZZ_HZ, S_PER_CHARACTER, Fault, GptSovitsApi, running_api
from tests.fakes.house import RATE, House, into
from tests.fakes.household import anchor
from tests.fakes.playing import until
from voices.payload import Payload
from voices.watermark.detector import detect
from voices.watermark.payload import Payload32

ENGINE = "gpt_sovits_server"
TEXT = (
    "The walrus has a zither. Seven geese are waiting at the garden gate. "
    "Somebody should let them in before it rains. There is soup on the stove for everybody."
)
NUM_SENTENCES = 4


@pytest.fixture
def api() -> Iterator[GptSovitsApi]:
    with running_api(GptSovitsApi()) as api:
        yield api


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, {ENGINE: Payload({"language": "en"})})
    yield house
    house.household.lock()


@asynccontextmanager
async def agent_of(
    house: House,
    url: str,
    *,
    engines: tuple[str, ...] = (ENGINE, "embedded"),
    phrase_cache_mb: int = 0,
) -> AsyncGenerator[Agent, None]:
    server = GptSovitsServerSettings.model_validate(
        {
            "url": url,
            "connect_s": 0.5,
            "first_audio_s": 0.5,
            "stall_s": 0.3,
            "voices": {"grandma": {"reference": "/voices/grandma.wav"}},
        }
    )
    core = house.settings.core.model_copy(
        update={
            "speech": SpeechSettings(family_engines=engines, phrase_cache_mb=phrase_cache_mb),
            "engines": EngineSettings(gpt_sovits_server=server),
        }
    )
    async with Agent(Settings(core=core), data_dir=house.root / "data") as agent:
        yield agent


async def said(agent: Agent, text: str = TEXT) -> tuple[AnnouncementResult, Samples]:
    return await into(agent, Announcement(text=text, voice="grandma"))


def of_server_s(samples: Samples) -> float:
    """How long the server's buzz lasts, which is where only its harmonics have energy."""
    window = RATE // 4
    frames = samples[: samples.size // window * window].reshape(-1, window)
    spectra = np.abs(np.fft.rfft(frames * np.hanning(window), axis=1)) ** 2
    hertz = np.fft.rfftfreq(window, 1 / RATE)
    low = (hertz > 60) & (hertz < 2000)
    near = low & (np.abs(hertz / BUZZ_HZ - np.round(hertz / BUZZ_HZ)) < 0.12)
    loud = spectra[:, low].sum(axis=1) > 1e-3 * spectra.sum(axis=1).max()
    buzzing = loud & (spectra[:, near].sum(axis=1) > 0.97 * spectra[:, low].sum(axis=1))
    return float(np.count_nonzero(buzzing)) * window / RATE


def only_payload(house: House) -> Payload32:
    """Of the one utterance that was begun."""
    (line,) = house.household.audit(anchor(house.root)).utterances()
    return line.payload


def found(house: House, samples: Samples) -> Payload32 | None:
    return detect(samples, RATE, house.said_keys(), other_speeds=False).payload


async def test_the_server_speaks_and_what_it_says_is_marked(
    house: House, api: GptSovitsApi
) -> None:
    async with agent_of(house, api.url) as agent:
        result, speech = await said(agent)
    assert (result.outcome, result.engine, result.voice) == (Outcome.SPOKEN, ENGINE, "grandma")
    assert result.engine_failed is None
    assert " ".join(asked["text"] for asked in api.asked) == TEXT
    assert of_server_s(speech) > 0.8 * result.audio_s
    assert found(house, speech) == only_payload(house)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault.HANGS, "server_slow"), (Fault.DIES_MIDWAY, "server_broke_off")],
)
async def test_a_local_engine_goes_on_in_the_same_voice_under_the_same_mark(
    house: House, api: GptSovitsApi, fault: Fault, reason: str
) -> None:
    api.fault, api.faulty_after = fault, 2
    async with agent_of(house, api.url) as agent:
        result, speech = await said(agent)
    assert (result.outcome, result.engine, result.voice) == (Outcome.SPOKEN, ENGINE, "grandma")
    assert result.engine_failed == reason
    assert len(api.asked) == 3
    assert 0.3 * result.audio_s < of_server_s(speech) < 0.7 * result.audio_s
    middle = speech.size // 2
    around = speech[middle - 3 * RATE : middle + 3 * RATE]
    marks = {found(house, part) for part in (speech[:middle], speech[middle:], around)}
    assert marks == {only_payload(house)}


async def test_what_began_to_sound_is_not_repeated_and_what_did_not_is_not_lost(
    house: House, api: GptSovitsApi
) -> None:
    async with agent_of(house, api.url) as agent:
        api.fault, api.faulty_after = Fault.SILENT_THEN_DIES, 2
        whole, _ = await said(agent)
        api.fault, api.faulty_after = Fault.DIES_MIDWAY, 5
        shorter, _ = await said(agent)
    cut_s = whole.audio_s - shorter.audio_s
    assert 0.5 < cut_s < len(TEXT) / NUM_SENTENCES * S_PER_CHARACTER


async def test_what_the_server_said_before_is_said_without_it(
    house: House, api: GptSovitsApi
) -> None:
    async with agent_of(house, api.url, phrase_cache_mb=64) as agent:
        await said(agent)
        api.fault = Fault.HANGS
        result, speech = await said(agent)
    assert (result.outcome, result.engine_failed) == (Outcome.SPOKEN, None)
    assert len(api.asked) == NUM_SENTENCES
    assert of_server_s(speech) > 0.8 * result.audio_s


async def test_a_server_that_stays_away_is_not_waited_for_each_time(
    house: House, api: GptSovitsApi
) -> None:
    api.fault = Fault.OUT_OF_ORDER
    async with agent_of(house, api.url) as agent:
        reasons = [(await said(agent, "Dinner is ready."))[0].engine_failed for _ in range(4)]
    assert reasons == ["server_answer", "server_answer", "server_resting", "server_resting"]
    assert len(api.asked) == 2


async def test_an_agent_starts_without_its_server_and_uses_it_when_it_is_back(
    house: House,
) -> None:
    with running_api(GptSovitsApi()) as gone:
        pass
    async with agent_of(house, gone.url) as agent:
        result, _ = await said(agent, "Dinner is ready.")
        assert (result.outcome, result.engine_failed) == (Outcome.SPOKEN, "server_unreachable")
        with running_api(gone, port=urlsplit(gone.url).port):
            result, _ = await said(agent, "Dinner is ready.")
    assert (result.outcome, result.engine_failed) == (Outcome.SPOKEN, None)


async def test_without_another_engine_it_is_silent_rather_than_somebody_else(
    house: House, api: GptSovitsApi
) -> None:
    api.fault = Fault.OUT_OF_ORDER
    async with agent_of(house, api.url, engines=(ENGINE,)) as agent:
        result, speech = await said(agent)
    assert (result.outcome, result.reason) == (Outcome.FAILED, "server_answer")
    assert not np.any(speech)


async def test_an_announcement_that_is_stopped_leaves_the_server_at_once(
    house: House, api: GptSovitsApi
) -> None:
    api.chunk_pause_s = 0.2
    async with agent_of(house, api.url) as agent:
        saying = asyncio.ensure_future(said(agent, TEXT * 5))
        await until(lambda: api.asked)
        await asyncio.sleep(0.1)
        saying.cancel()
        assert await asyncio.to_thread(api.hung_up.wait, 1)
    assert len(api.asked) == 1


async def test_neither_text_nor_name_nor_path_is_logged(house: House, api: GptSovitsApi) -> None:
    with capture_logs() as logs:
        for fault in (Fault.DIES_AT_ONCE, Fault.HTML, Fault.HANGS):
            api.fault = fault
            async with agent_of(house, api.url) as agent:
                await said(agent, "The walrus has a zither.")
    written = json.dumps(logs, default=str).lower()
    assert "another engine goes on" in written
    assert not [word for word in ("walrus", "grandma", "/voices/") if word in written]


def test_the_listing_tells_whether_the_server_answers(tmp_path: Path, api: GptSovitsApi) -> None:
    with command_line(tmp_path) as runner:
        found = listed(runner, api.url)
        assert (found["works"], found["voices"]) == (True, 0)
        found = listed(runner, "http://127.0.0.1:9")
        assert (found["works"], found["problem"]) == (False, "the speech server cannot be reached")


def listed(runner: CliRunner, url: str) -> dict[str, Any]:
    env = {"HUB_AGENT__ENGINES__GPT_SOVITS_SERVER__URL": url}
    done = runner.invoke(app, ["engines", "--json"], env=env)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return next(row for row in rows if row["engine"] == ENGINE)


def test_doctor_tells_whether_family_voices_can_be_spoken(
    tmp_path: Path, api: GptSovitsApi
) -> None:
    def judged(url: str | None, *engines: str) -> Status:
        server = GptSovitsServerSettings(url=url)
        core = CoreSettings(
            speech=SpeechSettings(family_engines=engines),
            engines=EngineSettings(gpt_sovits_server=server),
        )
        return check_family_engines(core, tmp_path).status

    away = "http://127.0.0.1:9"
    assert judged(None) is Status.OK
    assert judged(api.url, ENGINE) is Status.OK
    assert judged(away, ENGINE, "embedded") is Status.WARN
    assert judged(away, ENGINE) is Status.FAIL
    assert judged(None, ENGINE) is Status.FAIL
