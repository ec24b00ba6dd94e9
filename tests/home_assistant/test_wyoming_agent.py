"""The agent as a speech engine of Home Assistant, found and used over Wyoming."""

import asyncio

import pytest

from tests.home_assistant import flows
from tests.home_assistant.client import Client, eventually, is_there
from tests.home_assistant.home import Home
from tests.home_assistant.hub import FAMILY_VOICE, Hub
from tests.home_assistant.recorder import Recorder
from tests.home_assistant.speech import fetch_speech, sounds

pytestmark = pytest.mark.home_assistant

ENGINE = "tts.hub_agent"
SENTENCE = "The washing machine has finished."


@pytest.fixture
async def added(client: Client, hub: Hub) -> Client:
    """A client of a Home Assistant that found the agent, and whose user said yes."""
    del hub
    if not await client.entries("wyoming"):
        (flow,) = await eventually(lambda: flows.discovered(client, "wyoming"), len)
        await flows.confirm(client, flow)
    return client


async def test_it_is_found_and_added_by_saying_yes(added: Client) -> None:
    assert [entry["state"] for entry in await added.entries("wyoming")] == ["loaded"]
    assert is_there(await added.state(ENGINE))


async def test_its_family_voice_and_the_stock_voices_are_offered(added: Client) -> None:
    voices = await added.voices(ENGINE)
    assert any(FAMILY_VOICE in ids for ids in voices.values())
    assert any("en-us" in ids for ids in voices.values())


@pytest.mark.parametrize("preferred", ["wav", "mp3"])
async def test_each_voice_speaks(added: Client, preferred: str) -> None:
    for language, voices in (await added.voices(ENGINE)).items():
        for voice in voices:
            options = {"voice": voice, "preferred_format": preferred}
            fetched = await fetch_speech(
                added, ENGINE, SENTENCE, options=options, language=language
            )
            assert sounds(fetched), (voice, preferred)


@pytest.mark.usefixtures("added")
async def test_what_it_says_reaches_a_player(recorder: Recorder) -> None:
    assert sounds(await recorder.speak(ENGINE, SENTENCE, options={"voice": FAMILY_VOICE}))


async def test_it_speaks_again_after_its_own_restart(added: Client, hub: Hub) -> None:
    await asyncio.to_thread(hub.restart)
    assert sounds(await fetch_speech(added, ENGINE, SENTENCE))


@pytest.mark.usefixtures("added")
async def test_it_speaks_again_after_home_assistant_restarts(home: Home) -> None:
    async with home.restarted() as client:
        await eventually(lambda: client.state(ENGINE), is_there)
        assert sounds(await fetch_speech(client, ENGINE, SENTENCE))


async def test_it_goes_and_comes_back_with_its_entry(added: Client) -> None:
    (entry,) = await added.entries("wyoming")
    await added.set_disabled(entry["entry_id"], disabled=True)
    assert not is_there(await added.state(ENGINE))
    await added.set_disabled(entry["entry_id"], disabled=False)
    assert is_there(await added.state(ENGINE))
