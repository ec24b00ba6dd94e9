"""Everything once with a real agent: a hall, a kitchen, a grandmother.

It is started by `python -m tests.home_assistant.component_tests`.
"""

import io
import json
import os
import wave
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from custom_components.hub_agent.const import DOMAIN
from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.components.tts import DATA_COMPONENT
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.home_assistant.component.waiting import until

GRANDMA = "grandma"
SENTENCE = "The washing machine has finished."

pytestmark = pytest.mark.skipif(
    "HUB_PORT" not in os.environ, reason="component_tests.py starts the agent"
)

_paired: dict[str, Any] = {}


@pytest.fixture
async def entry(hass: HomeAssistant, socket_enabled: None) -> MockConfigEntry:
    """Paired by whichever test comes first: an agent gives its token away only once."""
    if not _paired:
        flow = hass.config_entries.flow
        form = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        address = {CONF_HOST: "127.0.0.1", CONF_PORT: int(os.environ["HUB_PORT"])}
        result = await flow.async_configure(form["flow_id"], address)
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        _paired.update(data=result["data"], unique_id=result["result"].unique_id)
        await hass.config_entries.async_remove(result["result"].entry_id)
    added = MockConfigEntry(domain=DOMAIN, title="Hub", **_paired)
    added.add_to_hass(hass)
    assert await hass.config_entries.async_setup(added.entry_id)
    await hass.async_block_till_done()
    return added


async def announce(hass: HomeAssistant, **fields: Any) -> Any:
    return await hass.services.async_call(
        DOMAIN, "announce", {"text": SENTENCE, **fields}, blocking=True, return_response=True
    )


def frames(wav: bytes) -> int:
    with wave.open(io.BytesIO(wav)) as file:
        return file.getnframes()


async def test_all_entities_are_available(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert entry.state is ConfigEntryState.LOADED
    states = [state for state in hass.states.async_all() if state.domain != "zone"]
    assert len(states) == 14
    assert [each.entity_id for each in states if each.state == "unavailable"] == []


async def test_a_family_voice_announces_in_a_room(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    steps = async_capture_events(hass, "state_changed")
    result = await announce(hass, voice=GRANDMA, rooms=["kitchen"], priority="high", chime="none")
    assert result["outcome"] == "spoken"
    assert result["rooms"] == {"kitchen": "spoken"}
    await until(
        lambda: any(
            event.data["entity_id"].startswith("event.")
            and event.data["new_state"].attributes.get("event_type") == "finished"
            for event in steps
        )
    )


async def test_without_consent_nothing_is_said_in_a_family_voice(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    result = await announce(hass, voice=GRANDMA, purpose="toys")
    assert result["outcome"] == "refused"


async def test_what_cannot_be_used_is_refused_at_once(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await announce(hass, chime="../../etc/passwd")
    assert refused.value.translation_placeholders is not None
    assert refused.value.translation_placeholders["reason"] == "bad_chime"


async def test_voices_and_rooms_of_the_agent_are_in_the_form(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    fields = (await async_get_all_descriptions(hass))[DOMAIN]["announce"]["fields"]
    voices = fields["voice"]["selector"]["select"]["options"]
    assert voices[0] == {"value": GRANDMA, "label": "Grandma"}
    rooms = fields["rooms"]["selector"]["select"]["options"]
    assert {room["value"] for room in rooms} == {"all", "hall", "kitchen"}


async def test_speech_streams_in_a_family_voice(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    engine = hass.data[DATA_COMPONENT].get_entity("tts.hub_speech")
    assert engine is not None

    async def pieces() -> AsyncGenerator[str]:
        for word in SENTENCE.split(" "):
            yield f"{word} "

    request = TTSAudioRequest("en", {"voice": GRANDMA, "preferred_format": "wav"}, pieces())
    chunks = [chunk async for chunk in (await engine.async_stream_tts_audio(request)).data_gen]
    assert chunks[0].startswith(b"RIFF")
    assert len(chunks) > 1
    assert b"".join(chunks)[4:8] in (b"\xff\xff\xff\xff", bytes(4))


async def test_speech_as_a_whole_is_a_playable_file(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    engine = hass.data[DATA_COMPONENT].get_entity("tts.hub_speech")
    assert engine is not None
    options = {"voice": GRANDMA, "preferred_format": "wav"}
    extension, audio = await engine.async_get_tts_audio(SENTENCE, "en", options)
    assert extension == "wav"
    assert frames(audio or b"") > 10_000


async def test_a_voice_that_did_not_agree_is_refused_before_it_sounds(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    engine = hass.data[DATA_COMPONENT].get_entity("tts.hub_speech")
    assert engine is not None
    with pytest.raises(ServiceValidationError):
        await engine.async_get_tts_audio(SENTENCE, "en", {"voice": GRANDMA, "purpose": "toys"})


async def test_preferences_are_kept_by_the_agent(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    target = {"entity_id": "number.hub_volume", "value": 45}
    await hass.services.async_call("number", "set_value", target, blocking=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    state = hass.states.get("number.hub_volume")
    assert state is not None
    assert float(state.state) == 45


async def test_diagnostics_name_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, DIAGNOSTICS, {})
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    told = json.dumps((await answer.json())["data"]).lower()
    assert '"vault": "unlocked"' in told
    for secret in (GRANDMA, entry.data["token"].lower(), entry.unique_id or "?", "127.0.0.1"):
        assert secret not in told
