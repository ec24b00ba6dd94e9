import logging

import pytest
from custom_components.hub_agent import coordinator
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home_assistant.component.scripted_hub import STATE, ScriptedHub
from tests.home_assistant.component.waiting import until

QUIET = "switch.hub_agent_quiet"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordinator, "SHORTEST_PAUSE_S", 0.02)


def is_quiet(hass: HomeAssistant) -> str:
    state = hass.states.get(QUIET)
    return state.state if state else "none"


async def test_a_hub_that_is_not_there_is_tried_again(
    hass: HomeAssistant, hub: ScriptedHub, entry: MockConfigEntry
) -> None:
    await hub.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hub_id": "f" * 32}, "Another hub answers at this address"),
        ({"api": 2}, "The hub speaks another version"),
    ],
)
async def test_another_hub_or_protocol_is_not_used(
    hass: HomeAssistant,
    hub: ScriptedHub,
    entry: MockConfigEntry,
    change: dict[str, object],
    reason: str,
) -> None:
    for name, value in change.items():
        setattr(hub, name, value)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert str(entry.reason).startswith(reason)


async def test_a_lost_hub_is_unavailable_and_comes_back_and_is_logged_once_each(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    assert is_quiet(hass) == "off"
    await hub.stop()
    await until(lambda: is_quiet(hass) == STATE_UNAVAILABLE)
    caplog.clear()
    for _ in range(3):
        loaded.runtime_data.async_set_update_error(ConnectionError())
    hub.state["quiet"] = True
    hub.voices = []
    await hub.start()
    await until(lambda: is_quiet(hass) == "on")
    assert loaded.runtime_data.data.announcement_voices == ()
    ours = [each.message for each in caplog.records if each.name.startswith("custom_components")]
    assert ours == ["Hub Agent is there again"]


async def test_a_loss_is_logged_once(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await hub.stop()
    num_lost = len(hub.requests)
    await until(lambda: is_quiet(hass) == STATE_UNAVAILABLE)
    await hub.start()
    hub.refusals["events"] = (500, "internal")
    await until(lambda: len(hub.requests) >= num_lost + 3)
    errors = [each for each in caplog.records if each.name.startswith("custom_components")]
    assert len(errors) == 1
    assert "127.0.0.1" not in errors[0].getMessage()


@pytest.mark.parametrize(
    "data",
    [
        b"event: state\ndata: no json\n\n",
        b"event: state\ndata: [1]\n\n",
        b'event: state\ndata: {"hub_id": 1}\n\n',
        b"event: state\n" + (b"data: " + b"x" * 60_000 + b"\n") * 5,
        b"data: " + b"x" * 400_000 + b"\n",
    ],
    ids=["no json", "no object", "no state", "many lines", "long line"],
)
async def test_events_that_are_none_cost_the_connection_and_nothing_else(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry, data: bytes
) -> None:
    hub.send_raw(data)
    await until(lambda: is_quiet(hass) == STATE_UNAVAILABLE)
    await until(lambda: is_quiet(hass) == "off")


async def test_events_of_another_hub_are_not_taken(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    hub.send("state", {**STATE, "hub_id": "f" * 32, "quiet": True})
    await until(lambda: is_quiet(hass) == STATE_UNAVAILABLE)
    await until(lambda: is_quiet(hass) == "off")


async def test_a_token_that_is_renewed_while_listening_starts_reauthentication(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    hub.token = "a renewed token"
    hub.end_streams()
    await until(hass.config_entries.flow.async_progress)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert is_quiet(hass) == STATE_UNAVAILABLE


async def test_an_entry_that_is_unloaded_lets_the_hub_go(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.NOT_LOADED
    assert is_quiet(hass) == STATE_UNAVAILABLE
    hub.send("state", STATE)
    hub.send("state", STATE)
    await until(lambda: hub.num_listeners == 0)


async def test_answers_without_end_are_not_kept(
    hass: HomeAssistant, hub: ScriptedHub, entry: MockConfigEntry
) -> None:
    hub.answers["state"] = (200, b" " * (1024 * 1024 + 1))
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_a_redirect_is_not_followed_with_the_token(
    hass: HomeAssistant, hub: ScriptedHub, entry: MockConfigEntry
) -> None:
    hub.refusals["state"] = (302, "moved")
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert len(hub.asked("state")) == 1


async def test_a_hub_that_was_updated_is_shown_with_its_new_version(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    hub.change(version="0.2.0")
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)

    def version() -> str | None:
        found = device_registry.async_get(device.id)
        return found.sw_version if found else None

    await until(lambda: version() == "0.2.0" and loaded.state is ConfigEntryState.LOADED)
