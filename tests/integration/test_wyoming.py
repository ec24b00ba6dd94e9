"""The Wyoming server in front of the whole agent, asked by the `wyoming` package's own client."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import numpy as np
import pytest
from wyoming.event import Event

from hub_agent.agent import Agent
from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, Outcome
from hub_agent.audio.wav import pcm16_to_float
from hub_agent.preferences import Preferences
from hub_agent.text.language import base
from integrations.wyoming.integration import WyomingIntegration
from tests.fakes.house import LONG, House
from tests.fakes.playing import until
from tests.fakes.wyoming_rig import Caller, classic, dialogue, kinds, pcm_of, raw_client, serving
from voices.consent.scope import Scope
from voices.purpose import Purpose

DESCRIBE_S = 0.05
CROWD = 40
TEXT = "The washing machine has finished."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    until_then = datetime.now().astimezone() + timedelta(days=30)
    house.renew(Scope(purposes=(Purpose.ASSISTANT,), until=until_then))
    yield house
    house.household.lock()


@pytest.fixture
async def agent(house: House) -> AsyncIterator[Agent]:
    async with house.agent() as agent:
        yield agent


@pytest.fixture
async def server(agent: Agent) -> AsyncIterator[WyomingIntegration]:
    async with serving(agent, watched=False) as server:  # the agent looks up consents
        yield server


def results_of(agent: Agent) -> list[AnnouncementResult]:
    results: list[AnnouncementResult] = []

    def listener(event: AnnouncementEvent) -> None:
        if event.result is not None:
            results.append(event.result)

    agent.listen(listener)
    return results


@pytest.mark.parametrize("voice", [{}, {"name": "grandma"}, {"name": "de"}, {"language": "fr"}])
async def test_both_dialogues_say_the_same(
    server: WyomingIntegration, voice: dict[str, str]
) -> None:
    async with Caller(server) as caller:
        once = await caller.ask(classic(TEXT, **voice))
        again = await caller.ask(*dialogue(TEXT, **voice))
    assert kinds(once) == ["audio-start", "audio-chunk", "audio-stop"]
    assert kinds(again) == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    sounds = [pcm16_to_float(pcm_of(events)) for events in (once, again)]
    assert sounds[0].size == pytest.approx(sounds[1].size, rel=0.05)
    assert all(float(np.sqrt(np.mean(sound**2))) > 0.01 for sound in sounds)


async def test_a_text_in_pieces_says_the_same_as_a_whole_one(server: WyomingIntegration) -> None:
    text = LONG[:140]
    async with Caller(server) as caller:
        whole = await caller.ask(*dialogue(text, name="en-us"))
        start, *rest = dialogue(*(word + " " for word in text.split()), name="en-us")
        await caller.send(start, *rest[:8])
        await caller.receive()
        await caller.send(*rest[8:])
        pieces = await caller.receive_until({"synthesize-stopped", "error"})
    assert pieces[-1].type == "synthesize-stopped"
    assert len(pcm_of(pieces)) == pytest.approx(len(pcm_of(whole)), rel=0.02)


async def test_the_voice_list_is_the_households(server: WyomingIntegration, agent: Agent) -> None:
    async with Caller(server) as caller:
        await caller.send(Event(type="describe"))
        described = await caller.receive()
    assert described is not None
    voices = described.data["tts"][0]["voices"]
    assert (voices[0]["name"], voices[0]["description"]) == ("grandma", "Grandma")
    assert {voice["name"] for voice in voices} == {voice.id for voice in agent.voices()}


async def test_whoever_names_no_voice_hears_the_preferred_one(
    server: WyomingIntegration, agent: Agent
) -> None:
    results = results_of(agent)
    async with Caller(server) as caller:
        await caller.ask(*dialogue(TEXT))
        agent.prefer(Preferences(voice="grandma"))
        await caller.ask(*dialogue(TEXT))
    agent.prefer(Preferences())
    assert [result.voice for result in results] == ["en-us", "grandma"]


@pytest.mark.parametrize("in_pieces", [False, True])
async def test_a_voice_without_consent_for_assistants_is_silent(
    house: House, in_pieces: bool
) -> None:
    async with house.agent() as agent, serving(agent, watched=False, purpose="toys") as server:
        async with Caller(server) as caller:
            start, chunk, *rest = dialogue("Confidential: the cellar is flooded.", name="grandma")
            await caller.send(start, chunk)
            if in_pieces:
                await asyncio.sleep(0.02)
            with suppress(OSError):
                await caller.send(*rest)
            events = await caller.receive_until({"error"})
            await until(lambda: not agent.health()["open_announcements"])
        async with Caller(server) as caller:
            await caller.send(Event(type="describe"))
            described = await caller.receive()
    assert kinds(events) == ["error"]
    assert events[0].data["code"] == "purpose_not_consented"
    assert "onfidential" not in str(events[0].data)
    assert described is not None
    assert "grandma" not in {voice["name"] for voice in described.data["tts"][0]["voices"]}


async def test_the_language_of_the_text_chooses_the_voice(
    server: WyomingIntegration, agent: Agent
) -> None:
    results = results_of(agent)
    async with Caller(server) as caller:
        await caller.send(*dialogue("Стиральная ")[:2])
        await until(lambda: agent.health()["open_announcements"])
        await caller.send(*dialogue("машина закончила.")[1:])
        await caller.receive_until({"synthesize-stopped"})
    assert [base(str(result.voice)) for result in results] == ["ru"]


async def test_a_text_that_is_nothing_is_an_error(server: WyomingIntegration) -> None:
    for request in ([classic("")], dialogue(""), dialogue("... !")):
        async with Caller(server) as caller:
            events = await caller.ask(*request)
            assert await caller.receive() is None
        assert [event.data.get("code") for event in events] == ["nothing_to_say"]


async def test_voices_are_told_at_once_while_others_are_spoken_to(
    server: WyomingIntegration,
) -> None:
    took_s = []
    async with Caller(server) as first, Caller(server) as second:
        await first.send(*dialogue(LONG * 4, name="grandma"))
        await second.send(*dialogue(LONG * 4))
        await first.receive()
        for _ in range(12):
            async with Caller(server) as asking:
                began = time.perf_counter()
                await asking.send(Event(type="describe"))
                assert await asking.receive() is not None
                took_s.append(time.perf_counter() - began)
    assert sorted(took_s)[len(took_s) // 2] < DESCRIBE_S


async def test_a_client_that_leaves_stops_its_synthesis(
    server: WyomingIntegration, agent: Agent
) -> None:
    results = results_of(agent)
    async with Caller(server) as caller:
        await caller.send(*dialogue(LONG * 20))
        await caller.receive()
    began = time.perf_counter()
    await until(lambda: results)
    assert time.perf_counter() - began < 1.0
    assert results[0].outcome is Outcome.INTERRUPTED
    assert agent.health()["open_announcements"] == 0


async def test_a_client_that_leaves_at_the_end_has_been_spoken_to(
    server: WyomingIntegration, agent: Agent
) -> None:
    results = results_of(agent)
    for _ in range(10):
        async with Caller(server) as caller:
            assert kinds(await caller.ask(classic("Hi.", name="grandma")))[-1] == "audio-stop"
    assert [result.outcome for result in results] == [Outcome.SPOKEN] * 10


async def test_who_reads_nothing_holds_up_nobody_and_stops_the_engine(
    server: WyomingIntegration, agent: Agent
) -> None:
    results = results_of(agent)
    async with raw_client(server) as slow:
        slow.send(classic(LONG * 20))
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(_served(server)) for _ in range(10)]
        assert all(each.result() for each in asked)
        assert agent.health()["open_announcements"] == 1
    await until(lambda: len(results) == len(asked) + 1)
    assert results[-1].audio_s < 60


async def test_a_crowd_is_served_whole(server: WyomingIntegration) -> None:
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_served(server)) for _ in range(CROWD)]
    assert sum(each.result() for each in asked) == CROWD


async def _served(server: WyomingIntegration) -> bool:
    async with Caller(server) as caller:
        return (await caller.ask(*dialogue("Dinner is ready.")))[-1].type == "synthesize-stopped"
