from typing import Any

import pytest
import voluptuous as vol
from custom_components.hub_agent.const import DOMAIN
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from tests.home_assistant.component.scripted_hub import (
    STATE,
    STOCK,
    TOKEN,
    ScriptedHub,
    scripted_hub,
)
from tests.home_assistant.component.waiting import until

GRANDMA_OPTION = {"value": "4f1c", "label": "Grandma Rosalind"}
ENGLISH_OPTION = {"value": "en", "label": "English"}
GERMAN_OPTION = {"value": "de", "label": "Deutsch"}
KITCHEN_OPTION = {"value": "kitchen", "label": "Kitchen"}
HALL_OPTION = {"value": "hall", "label": "Hall"}
EVERYWHERE = {"value": "all", "label": "Everywhere"}


async def act(hass: HomeAssistant, action: str, *, respond: bool = False, **data: Any) -> Any:
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=respond
    )


async def form(hass: HomeAssistant, action: str = "announce") -> dict[str, Any]:
    descriptions = await async_get_all_descriptions(hass)
    fields: dict[str, Any] = descriptions[DOMAIN][action]["fields"]
    return fields


async def options(hass: HomeAssistant, field: str, action: str = "announce") -> list[Any]:
    fields = await form(hass, action)
    found: list[Any] = fields[field]["selector"]["select"]["options"]
    return found


@pytest.fixture
async def second(hass: HomeAssistant, loaded: MockConfigEntry) -> Any:
    async with scripted_hub() as hub:
        hub.hub_id = "f" * 32
        hub.state = {**STATE, "hub_id": hub.hub_id}
        hub.rooms = [{"id": "cellar", "name": "Cellar"}]
        added = MockConfigEntry(
            domain=DOMAIN,
            unique_id=hub.hub_id,
            data={CONF_HOST: "127.0.0.1", CONF_PORT: hub.port, CONF_TOKEN: TOKEN},
        )
        added.add_to_hass(hass)
        assert await hass.config_entries.async_setup(added.entry_id)
        yield added


@pytest.mark.usefixtures("loaded")
async def test_an_announcement_goes_to_the_hub_in_its_words(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    answer = await act(
        hass,
        "announce",
        text="Dinner!",
        voice="4f1c",
        rooms=["kitchen", "hall"],
        priority="high",
        chime="bell",
        volume="50",
        language="en",
        expires={"minutes": 2},
        interrupt="drop",
        purpose="greetings",
    )
    assert answer is None
    assert hub.asked("announcements") == [
        (
            {},
            {
                "text": "Dinner!",
                "voice": "4f1c",
                "rooms": ["kitchen", "hall"],
                "priority": "high",
                "chime": "bell",
                "volume": 50,
                "language": "en",
                "expires_s": 120.0,
                "interrupt": "drop",
                "purpose": "greetings",
            },
        )
    ]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(("chosen", "sent"), [("none", False), (False, False), ("soft", "soft")])
async def test_a_chime_can_be_left_out(
    hass: HomeAssistant, hub: ScriptedHub, chosen: object, sent: object
) -> None:
    await act(hass, "announce", text="Dinner!", chime=chosen, rooms="hall")
    ((_, body),) = hub.asked("announcements")
    assert body == {"text": "Dinner!", "chime": sent, "rooms": ["hall"]}


@pytest.mark.usefixtures("loaded")
async def test_whoever_wants_to_know_is_told_how_it_ended(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    answer = await act(hass, "announce", text="Dinner!", respond=True)
    assert answer == {"id": "a1", "outcome": "spoken", "ttfa_ms": 42}
    assert hub.asked("announcements") == [({"wait": "true"}, {"text": "Dinner!"})]


@pytest.mark.usefixtures("loaded")
async def test_rooms_can_be_silenced(hass: HomeAssistant, hub: ScriptedHub) -> None:
    assert await act(hass, "stop", rooms=["hall"], respond=True) == {"stopped": 2}
    assert await act(hass, "stop") is None
    assert hub.asked("stop") == [({}, {"rooms": ["hall"]}), ({}, {"rooms": []})]


@pytest.mark.usefixtures("loaded")
async def test_a_refusal_is_said(hass: HomeAssistant, hub: ScriptedHub) -> None:
    hub.refusals["announcements"] = (400, "bad_voice")
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "announce", text="Dinner!")
    assert str(refused.value) == "The hub refused: the message for bad_voice (bad_voice)"


@pytest.mark.usefixtures("loaded")
async def test_a_hub_that_is_gone_is_said(hass: HomeAssistant, hub: ScriptedHub) -> None:
    await hub.stop()
    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, "announce", text="Dinner!")
    assert failed.value.translation_key == "cannot_connect"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "field",
    [{"text": ""}, {"volume": 101}, {"priority": "urgent"}, {"purpose": "x"}, {"expires": -1}],
)
async def test_a_form_that_is_filled_in_wrongly_is_not_sent(
    hass: HomeAssistant, hub: ScriptedHub, field: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await act(hass, "announce", **{"text": "Dinner!", **field})
    assert hub.asked("announcements") == []


async def test_without_a_hub_the_actions_are_there_and_say_so(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert "config_entry_id" in await form(hass)
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "announce", text="Dinner!")
    assert refused.value.translation_key == "no_hub"


async def test_of_several_hubs_one_must_be_named(
    hass: HomeAssistant, loaded: MockConfigEntry, second: MockConfigEntry, hub: ScriptedHub
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "stop")
    assert refused.value.translation_key == "which_hub"
    await act(hass, "stop", config_entry_id=loaded.entry_id)
    assert hub.asked("stop") == [({}, {"rooms": []})]
    with pytest.raises(ServiceValidationError):
        await act(hass, "stop", config_entry_id="another")


@pytest.mark.usefixtures("loaded")
async def test_voices_and_rooms_are_picked_from_lists(hass: HomeAssistant) -> None:
    assert await options(hass, "voice") == [GRANDMA_OPTION, ENGLISH_OPTION, GERMAN_OPTION]
    assert await options(hass, "rooms") == [KITCHEN_OPTION, HALL_OPTION, EVERYWHERE]
    assert await options(hass, "rooms", "stop") == [KITCHEN_OPTION, HALL_OPTION, EVERYWHERE]
    fields = await form(hass)
    assert "config_entry_id" not in fields
    assert fields["voice"]["selector"]["select"]["mode"] == "dropdown"
    descriptions = await async_get_all_descriptions(hass)
    assert descriptions[DOMAIN]["announce"]["response"] == {"optional": True}


@pytest.mark.usefixtures("loaded")
async def test_lists_change_with_the_hub_and_open_pages_hear_of_it(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    heard = async_capture_events(hass, "service_registered")
    hub.change(status="speaking")
    hub.voices = [STOCK]
    hub.rooms = [{"id": "attic", "name": "Attic"}]
    hub.change(family_voices=1)
    await until(lambda: len(heard) == 2)
    assert [event.data["service"] for event in heard] == ["announce", "stop"]
    assert await options(hass, "voice") == [ENGLISH_OPTION]
    assert await options(hass, "rooms") == [{"value": "attic", "label": "Attic"}]


async def test_several_hubs_share_the_lists(
    hass: HomeAssistant, second: MockConfigEntry, hub: ScriptedHub
) -> None:
    fields = await form(hass)
    assert fields["config_entry_id"]["selector"] == {"config_entry": {"integration": DOMAIN}}
    assert await options(hass, "voice") == [GRANDMA_OPTION, ENGLISH_OPTION, GERMAN_OPTION]
    cellar = {"value": "cellar", "label": "Cellar"}
    assert await options(hass, "rooms") == [KITCHEN_OPTION, HALL_OPTION, cellar, EVERYWHERE]
    assert await hass.config_entries.async_unload(second.entry_id)
    assert await options(hass, "rooms") == [KITCHEN_OPTION, HALL_OPTION, EVERYWHERE]
    assert "config_entry_id" not in await form(hass)
