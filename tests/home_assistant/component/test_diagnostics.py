import json
from datetime import UTC, datetime

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.home_assistant.component.scripted_hub import HUB_ID, TOKEN, ScriptedHub
from tests.home_assistant.component.waiting import until


async def report(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> str:
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == 200
    return json.dumps((await answer.json())["data"])


async def test_diagnostics_hold_what_helps_and_nothing_personal(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    greeting = datetime(2026, 12, 1, 7, tzinfo=UTC).isoformat()
    voice = {"id": "4f1c", "name": "Grandma Rosalind"}
    hub.change(voice=voice, family_voices=1, next_greeting=greeting, waiting=3)
    await until(lambda: loaded.runtime_data.data.state.waiting == 3)
    text = await report(hass, hass_client, loaded)
    data = json.loads(text)
    assert data["available"] is True
    assert data["state"]["waiting"] == 3
    assert data["state"]["integrations"] == {"mqtt": True}
    assert data["counts"] == {
        "rooms": 2,
        "announcement_voices": 3,
        "assistant_voices": 3,
        "greeting_planned": 1,
    }
    assert data["hub"] == {"version": "0.1.0", "uptime_s": 12.5}
    personal = ("Grandma", "4f1c", "Kitchen", "kitchen", "hall", greeting)
    for secret in (*personal, TOKEN, HUB_ID, "127.0.0.1", str(hub.port), "Hub Agent"):
        assert secret not in text


async def test_diagnostics_of_a_hub_that_is_gone_say_so(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    await hub.stop()
    data = json.loads(await report(hass, hass_client, loaded))
    assert data["hub"] == {"error": "HubAgentError"}
