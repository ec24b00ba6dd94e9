"""The agent through its own integration: found, paired, seen, and told to speak."""

import asyncio
import json

import pytest

from tests.bench.rig.ports import free_port
from tests.home_assistant import flows
from tests.home_assistant.client import Client, eventually, is_there
from tests.home_assistant.home import Home
from tests.home_assistant.hub import FAMILY_VOICE, ROOMS, Hub
from tests.home_assistant.recorder import Recorder
from tests.home_assistant.releases import NEWEST
from tests.home_assistant.speech import decode, fetch_speech, sounds

pytestmark = pytest.mark.home_assistant

DOMAIN = "hub_agent"
SENTENCE = "The washing machine has finished."
LONG = " ".join([SENTENCE] * 8)
LABEL = b"AIGC"
"""What a file of ours is labelled with, unless somebody made another one of it."""
ENTITIES = {
    "announcement",
    "consent_ends",
    "consents_ending",
    "engine",
    "next_greeting",
    "problem",
    "queue",
    "quiet",
    "speaking",
    "speech",
    "state",
    "stop",
    "time_to_first_audio",
    "vault",
    "voice",
    "volume",
}


@pytest.fixture
async def added(client: Client, hub: Hub) -> Client:
    """A client of a Home Assistant that found the agent, and whose user said yes."""
    del hub
    if not await client.entries(DOMAIN):
        (flow,) = await eventually(lambda: flows.discovered(client, DOMAIN), len)
        await flows.confirm(client, flow)
    return client


async def entity_ids(client: Client) -> dict[str, str]:
    """The id of each entity, by what it is."""
    return {each["translation_key"]: each["entity_id"] for each in await client.entities(DOMAIN)}


async def state(client: Client, key: str) -> str:
    return await client.state((await entity_ids(client))[key])


async def test_it_is_found_and_added_by_saying_yes(added: Client) -> None:
    assert [entry["state"] for entry in await added.entries(DOMAIN)] == ["loaded"]


async def test_all_its_entities_are_there(added: Client) -> None:
    assert set(await entity_ids(added)) == ENTITIES
    states = await added.states()
    shown = [states[each] for each in (await entity_ids(added)).values() if each in states]
    assert [each for each in shown if each["state"] == "unavailable"] == []


@pytest.mark.parametrize("preferred", ["wav", "mp3"])
async def test_each_voice_speaks(added: Client, preferred: str) -> None:
    engine = (await entity_ids(added))["speech"]
    voices = (await added.voices(engine))["en"]
    assert FAMILY_VOICE in voices
    for voice in voices:
        options = {"voice": voice, "preferred_format": preferred}
        fetched = await fetch_speech(added, engine, SENTENCE, options=options, language="en")
        assert sounds(fetched), (voice, preferred)


async def test_what_a_player_gets_unasked_is_still_labelled_as_synthetic(added: Client) -> None:
    engine = (await entity_ids(added))["speech"]
    fetched = await fetch_speech(added, engine, SENTENCE)
    assert sounds(fetched)
    assert LABEL in fetched.body


async def test_a_loudspeaker_gets_the_rate_and_format_it_prefers(home: Home, added: Client) -> None:
    engine = (await entity_ids(added))["speech"]
    wanted = {"format": "flac", "sample_rate": 48_000, "sample_channels": 1, "sample_bytes": 2}
    options = {f"preferred_{key}": value for key, value in wanted.items()}
    fetched = await fetch_speech(added, engine, SENTENCE, options=options)
    assert sounds(fetched)
    assert decode(fetched.body)[1] == 48_000
    assert fetched.body.startswith(b"fLaC")
    assert LABEL in fetched.body or home.program.runtime.release is not NEWEST


async def test_speech_is_heard_while_it_is_still_made(home: Home, added: Client) -> None:
    engine = (await entity_ids(added))["speech"]
    fetched = await fetch_speech(added, engine, LONG, options={"preferred_format": "wav"})
    is_streamed = fetched.first_audio_s < fetched.total_s / 2
    assert is_streamed or not home.program.runtime.release.streams


async def test_what_it_says_reaches_a_player(added: Client, recorder: Recorder) -> None:
    engine = (await entity_ids(added))["speech"]
    assert sounds(await recorder.speak(engine, SENTENCE, options={"voice": FAMILY_VOICE}))


async def test_an_announcement_is_spoken_in_its_rooms(added: Client) -> None:
    announcement = {"text": SENTENCE, "voice": FAMILY_VOICE, "rooms": [ROOMS[0]]}
    result = await added.ask(f"{DOMAIN}.announce", announcement)
    assert result["outcome"] == "spoken"


async def test_stop_ends_what_is_spoken(added: Client) -> None:
    ids = await entity_ids(added)
    await added.act(f"{DOMAIN}.announce", {"text": LONG})
    await eventually(lambda: added.state(ids["speaking"]), lambda state: state == "on")
    await added.act("button.press", {"entity_id": ids["stop"]})
    await eventually(lambda: added.state(ids["speaking"]), lambda state: state == "off", within_s=3)


async def test_while_it_is_quiet_nothing_is_said(added: Client) -> None:
    quiet = (await entity_ids(added))["quiet"]
    await added.act("switch.turn_on", {"entity_id": quiet})
    assert (await added.ask(f"{DOMAIN}.announce", {"text": SENTENCE}))["outcome"] != "spoken"
    await added.act("switch.turn_off", {"entity_id": quiet})
    assert (await added.ask(f"{DOMAIN}.announce", {"text": SENTENCE}))["outcome"] == "spoken"


async def test_the_volume_is_kept_by_the_agent(added: Client, hub: Hub) -> None:
    volume = (await entity_ids(added))["volume"]
    await added.act("number.set_value", {"entity_id": volume, "value": 30})
    await asyncio.to_thread(hub.restart)
    await eventually(lambda: added.state(volume), is_there)
    assert float(await added.state(volume)) == 30


async def test_diagnostics_tell_nothing_of_the_family(added: Client) -> None:
    (entry,) = await added.entries(DOMAIN)
    told = json.dumps(await added.diagnostics(entry["entry_id"])).lower()
    assert FAMILY_VOICE not in told
    assert SENTENCE.lower() not in told


async def test_it_is_missed_and_found_again_after_a_power_cut(added: Client, hub: Hub) -> None:
    await asyncio.to_thread(hub.kill)
    await eventually(lambda: state(added, "state"), lambda state: state == "unavailable")
    await asyncio.to_thread(hub.start)
    await eventually(lambda: state(added, "state"), is_there, within_s=60)


async def test_it_is_followed_to_another_port(added: Client, hub: Hub) -> None:
    await asyncio.to_thread(hub.restart, {"web": {"port": free_port()}})
    await eventually(lambda: state(added, "state"), is_there, within_s=60)
    result = await added.ask(f"{DOMAIN}.announce", {"text": SENTENCE})
    assert result["outcome"] == "spoken"


@pytest.mark.usefixtures("added")
async def test_it_is_there_after_home_assistant_restarts(home: Home) -> None:
    async with home.restarted() as client:
        await eventually(lambda: state(client, "state"), is_there)
        assert sounds(await fetch_speech(client, (await entity_ids(client))["speech"], SENTENCE))


async def test_once_removed_it_leaves_nothing_behind(added: Client) -> None:
    (entry,) = await added.entries(DOMAIN)
    await added.remove(entry["entry_id"])
    assert await added.entities(DOMAIN) == []
    assert [issue for issue in await added.issues() if issue["domain"] == DOMAIN] == []
