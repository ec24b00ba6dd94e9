from typing import Any

import pytest
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNKNOWN, EntityCategory
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home_assistant.component.scripted_hub import GRANDMA, HUB_ID, STOCK, ScriptedHub
from tests.home_assistant.component.waiting import until

ENTITIES = {
    "binary_sensor.hub_agent_problem",
    "binary_sensor.hub_agent_speaking",
    "button.hub_agent_stop",
    "event.hub_agent_announcement",
    "number.hub_agent_volume",
    "select.hub_agent_voice",
    "sensor.hub_agent_consents_ending_soon",
    "sensor.hub_agent_engine",
    "sensor.hub_agent_next_consent_ends",
    "sensor.hub_agent_next_greeting",
    "sensor.hub_agent_queue",
    "sensor.hub_agent_state",
    "sensor.hub_agent_time_to_first_sound",
    "sensor.hub_agent_vault",
    "switch.hub_agent_quiet",
    "tts.hub_agent_speech",
}
RARE = {"sensor.hub_agent_engine", "sensor.hub_agent_vault"}

pytestmark = pytest.mark.usefixtures("loaded")


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state


async def act(hass: HomeAssistant, action: str, entity_id: str, **data: Any) -> None:
    domain, name = action.split(".")
    await hass.services.async_call(domain, name, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True)


def test_a_hub_is_one_device_with_these_entities(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    assert device.identifiers == {("hub_agent", HUB_ID)}
    assert (device.name, device.sw_version) == ("Hub Agent", "0.1.0")
    found = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    assert {entity.entity_id for entity in found} == ENTITIES
    assert {entity.device_id for entity in found} == {device.id}
    assert all(entity.unique_id.startswith(HUB_ID) for entity in found)
    assert {entity.entity_id for entity in found if entity.disabled} == RARE
    diagnostic = {each.entity_id for each in found if each.entity_category}
    assert diagnostic == {
        *RARE,
        "binary_sensor.hub_agent_problem",
        "sensor.hub_agent_consents_ending_soon",
        "sensor.hub_agent_next_consent_ends",
        "sensor.hub_agent_time_to_first_sound",
    }
    assert {each.entity_category for each in found} == {None, EntityCategory.DIAGNOSTIC}


async def test_what_changes_on_the_hub_is_shown_without_asking(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    assert state_of(hass, "sensor.hub_agent_state").state == "idle"
    num_requests = len(hub.requests)
    hub.change(status="speaking", waiting=2, ttfa_ms=120, next_greeting="2026-12-01T07:00:00+01:00")
    await until(lambda: state_of(hass, "sensor.hub_agent_state").state == "speaking")
    assert state_of(hass, "binary_sensor.hub_agent_speaking").state == "on"
    assert state_of(hass, "sensor.hub_agent_queue").state == "2"
    assert float(state_of(hass, "sensor.hub_agent_time_to_first_sound").state) == 120
    assert state_of(hass, "sensor.hub_agent_next_greeting").state == "2026-12-01T06:00:00+00:00"
    assert len(hub.requests) == num_requests


async def test_consents_that_end_are_shown(hass: HomeAssistant, hub: ScriptedHub) -> None:
    hub.change(consents_ending=1, consent_ends="2026-12-24", family_voices=1)
    await until(lambda: state_of(hass, "sensor.hub_agent_consents_ending_soon").state == "1")
    assert state_of(hass, "sensor.hub_agent_next_consent_ends").state == "2026-12-24"


async def test_a_word_of_a_newer_hub_is_unknown(hass: HomeAssistant, hub: ScriptedHub) -> None:
    hub.change(status="dreaming")
    await until(lambda: state_of(hass, "sensor.hub_agent_state").state == STATE_UNKNOWN)


@pytest.mark.parametrize("state", [{"ready": False}, {"engines_missing": ["gpt_sovits"]}])
async def test_a_problem_is_shown(
    hass: HomeAssistant, hub: ScriptedHub, state: dict[str, Any]
) -> None:
    assert state_of(hass, "binary_sensor.hub_agent_problem").state == "off"
    hub.change(**state)
    await until(lambda: state_of(hass, "binary_sensor.hub_agent_problem").state == "on")


async def test_the_volume_can_be_turned(hass: HomeAssistant, hub: ScriptedHub) -> None:
    assert float(state_of(hass, "number.hub_agent_volume").state) == 80
    await act(hass, "number.set_value", "number.hub_agent_volume", value=35)
    assert hub.asked("preferences") == [({}, {"volume": 35})]
    assert float(state_of(hass, "number.hub_agent_volume").state) == 35


async def test_quiet_can_be_switched(hass: HomeAssistant, hub: ScriptedHub) -> None:
    await act(hass, "switch.turn_on", "switch.hub_agent_quiet")
    assert state_of(hass, "switch.hub_agent_quiet").state == "on"
    await act(hass, "switch.turn_off", "switch.hub_agent_quiet")
    assert state_of(hass, "switch.hub_agent_quiet").state == "off"
    assert hub.asked("preferences") == [({}, {"quiet": True}), ({}, {"quiet": False})]


async def test_the_button_stops_everything(hass: HomeAssistant, hub: ScriptedHub) -> None:
    await act(hass, "button.press", "button.hub_agent_stop")
    assert hub.asked("stop") == [({}, {"rooms": []})]


async def test_the_usual_voice_is_chosen_from_the_family_and_the_homes_language(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    select = "select.hub_agent_voice"
    assert state_of(hass, select).state == "automatic"
    options = ["automatic", "Grandma Rosalind", "English"]
    assert state_of(hass, select).attributes["options"] == options
    await act(hass, "select.select_option", select, option="Grandma Rosalind")
    assert state_of(hass, select).state == "Grandma Rosalind"
    await act(hass, "select.select_option", select, option="automatic")
    assert state_of(hass, select).state == "automatic"
    assert hub.asked("preferences") == [({}, {"voice": "4f1c"}), ({}, {"voice": None})]


async def test_a_voice_that_comes_can_be_chosen_at_once(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    hub.voices = [STOCK, GRANDMA, {**GRANDMA, "id": "77aa"}]
    hub.change(family_voices=2)
    grandmas = ["Grandma Rosalind", "Grandma Rosalind (77aa)"]
    select = "select.hub_agent_voice"
    await until(
        lambda: state_of(hass, select).attributes["options"] == ["automatic", *grandmas, "English"]
    )


async def test_steps_of_announcements_are_events_without_anything_that_is_not_known(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    entity = "event.hub_agent_announcement"
    assert state_of(hass, entity).state == STATE_UNKNOWN
    hub.send("announcement", {"event_type": "dreamt", "id": "a0"})
    hub.send("something", {})
    step = {"event_type": "finished", "id": "a1", "outcome": "spoken", "ttfa_ms": 90, "text": "no"}
    hub.send("announcement", step)
    await until(lambda: state_of(hass, entity).attributes["event_type"] == "finished")
    attributes = state_of(hass, entity).attributes
    assert (attributes["id"], attributes["outcome"], attributes["ttfa_ms"]) == ("a1", "spoken", 90)
    assert "text" not in attributes


async def test_what_the_hub_refuses_is_said(hass: HomeAssistant, hub: ScriptedHub) -> None:
    hub.refusals["preferences"] = (404, "unknown_voice")
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "switch.turn_on", "switch.hub_agent_quiet")
    assert refused.value.translation_key == "refused"
    assert refused.value.translation_placeholders == {
        "message": "the message for unknown_voice",
        "reason": "unknown_voice",
    }


@pytest.mark.parametrize(
    ("status", "reason", "key"),
    [
        (503, "busy", "busy"),
        (429, "too_many_tries", "busy"),
        (503, "shutting_down", "failed"),
        (500, "internal", "failed"),
        (401, "bad_token", "bad_token"),
    ],
)
async def test_what_the_hub_cannot_do_is_said(
    hass: HomeAssistant, hub: ScriptedHub, status: int, reason: str, key: str
) -> None:
    hub.refusals["stop"] = (status, reason)
    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, "button.press", "button.hub_agent_stop")
    assert failed.value.translation_key == key
