"""The rig itself: wyoming-piper speaks through Home Assistant, and it is measured how soon."""

import pytest

from tests.bench.peer import Peer
from tests.bench.rig.ports import HOST
from tests.bench.texts import one_sentence
from tests.home_assistant import flows
from tests.home_assistant.client import Client
from tests.home_assistant.recorder import Recorder
from tests.home_assistant.speech import fetch_speech, sounds

pytestmark = pytest.mark.home_assistant

ENGINE = "tts.piper"


@pytest.fixture
async def speaking(client: Client, piper: Peer) -> Client:
    """A client of a Home Assistant that has the peer."""
    if not await client.entries("wyoming"):
        await flows.add(client, "wyoming", {"host": HOST, "port": piper.port})
    return client


async def test_the_peer_is_an_engine_with_a_voice(speaking: Client) -> None:
    assert await speaking.state(ENGINE) != "missing"
    assert (await speaking.voices(ENGINE))["en_US"]


@pytest.mark.parametrize("preferred", ["wav", "mp3"])
async def test_fetched_speech_sounds(speaking: Client, preferred: str) -> None:
    fetched = await fetch_speech(
        speaking, ENGINE, one_sentence(20), options={"preferred_format": preferred}
    )
    assert sounds(fetched)
    assert 0 < fetched.first_byte_s <= fetched.first_audio_s <= fetched.total_s


@pytest.mark.usefixtures("speaking")
async def test_spoken_speech_reaches_a_player(recorder: Recorder) -> None:
    assert sounds(await recorder.speak(ENGINE, one_sentence(20)))
