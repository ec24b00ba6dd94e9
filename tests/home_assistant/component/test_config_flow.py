from ipaddress import ip_address
from typing import Any

import pytest
from custom_components.hub_agent.const import DOMAIN
from homeassistant.config_entries import SOURCE_USER, SOURCE_ZEROCONF, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home_assistant.component.scripted_hub import (
    HUB_ID,
    TOKEN,
    ScriptedHub,
    scripted_hub,
)

ADDRESS = ip_address("127.0.0.1")


def seen(port: int | None, hub_id: str | None = HUB_ID) -> ZeroconfServiceInfo:
    return ZeroconfServiceInfo(
        ip_address=ADDRESS,
        ip_addresses=[ADDRESS],
        port=port,
        hostname="hub.local.",
        type="_hub-agent._tcp.local.",
        name="Hub Agent._hub-agent._tcp.local.",
        properties={"id": hub_id, "version": "0.1.0", "api": "1"} if hub_id else {},
    )


async def begin(hass: HomeAssistant, source: str, data: Any = None) -> Any:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": source}, data=data)


async def fill(hass: HomeAssistant, form: Any, **fields: Any) -> Any:
    answer = await hass.config_entries.flow.async_configure(form["flow_id"], fields)
    await hass.async_block_till_done(wait_background_tasks=False)
    return answer


def assert_added(result: Any, hub: ScriptedHub) -> None:
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    assert result["title"] == "Hub Agent"
    assert result["data"] == {CONF_HOST: "127.0.0.1", CONF_PORT: hub.port, CONF_TOKEN: TOKEN}
    assert result["result"].unique_id == HUB_ID


async def test_a_hub_that_is_found_is_added_with_one_click(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    form = await begin(hass, SOURCE_ZEROCONF, seen(hub.port))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert form["description_placeholders"] == {"name": "Hub Agent"}
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["confirm_only"]
    assert flow["context"]["title_placeholders"] == {"name": "Hub Agent"}
    assert_added(await fill(hass, form), hub)


async def test_a_hub_that_does_not_pair_is_added_with_its_token(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    hub.pairing = False
    form = await fill(hass, await begin(hass, SOURCE_ZEROCONF, seen(hub.port)))
    assert (form["step_id"], form["errors"]) == ("token", {"base": "pairing_closed"})
    assert_added(await fill(hass, form, token=f" {TOKEN}\n"), hub)


async def test_pairing_that_is_opened_on_the_hub_needs_no_token(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    hub.pairing = False
    form = await fill(hass, await begin(hass, SOURCE_ZEROCONF, seen(hub.port)))
    form = await fill(hass, form)
    assert form["errors"] == {"base": "pairing_closed"}
    hub.pairing = True
    assert_added(await fill(hass, form), hub)


async def test_a_wrong_token_is_asked_for_again(hass: HomeAssistant, hub: ScriptedHub) -> None:
    hub.pairing = False
    form = await fill(hass, await begin(hass, SOURCE_ZEROCONF, seen(hub.port)))
    form = await fill(hass, form, token="wrong")
    assert form["errors"] == {CONF_TOKEN: "bad_token"}
    assert_added(await fill(hass, form, token=TOKEN), hub)


async def test_a_hub_that_goes_before_its_token_is_tried_can_come_back(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    hub.pairing = False
    form = await fill(hass, await begin(hass, SOURCE_ZEROCONF, seen(hub.port)))
    await hub.stop()
    form = await fill(hass, form, token=TOKEN)
    assert form["errors"] == {"base": "cannot_connect"}
    form = await fill(hass, form)
    assert form["errors"] == {"base": "cannot_connect"}
    await hub.start()
    assert_added(await fill(hass, form, token=TOKEN), hub)


async def test_a_token_of_another_hub_is_not_taken(hass: HomeAssistant, hub: ScriptedHub) -> None:
    hub.pairing = False
    form = await fill(hass, await begin(hass, SOURCE_ZEROCONF, seen(hub.port)))
    hub.state["hub_id"] = "f" * 32
    form = await fill(hass, form, token=TOKEN)
    assert form["errors"] == {"base": "wrong_hub"}
    hub.pairing = True
    form = await fill(hass, form)
    assert form["errors"] == {"base": "wrong_hub"}


async def test_a_known_hub_that_moved_is_followed(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    await hub.stop()
    hub.port = 0
    await hub.start()
    result = await begin(hass, SOURCE_ZEROCONF, seen(hub.port))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await hass.async_block_till_done()
    assert loaded.data[CONF_PORT] == hub.port
    assert loaded.state is ConfigEntryState.LOADED


async def test_a_known_hub_that_answers_where_it_was_is_not_followed_to_an_impostor(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    async with scripted_hub() as impostor:
        result = await begin(hass, SOURCE_ZEROCONF, seen(impostor.port))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert loaded.data[CONF_PORT] == hub.port
        assert impostor.requests == []


@pytest.mark.parametrize("info", [seen(None), seen(8731, None)], ids=["no port", "no id"])
async def test_what_is_no_hub_is_not_offered(
    hass: HomeAssistant, info: ZeroconfServiceInfo
) -> None:
    result = await begin(hass, SOURCE_ZEROCONF, info)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_a_hub")


async def test_a_hub_that_is_another_than_it_said_is_not_offered(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    result = await begin(hass, SOURCE_ZEROCONF, seen(hub.port, "f" * 32))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_a_hub")


async def test_a_hub_that_is_gone_is_not_offered(hass: HomeAssistant, hub: ScriptedHub) -> None:
    await hub.stop()
    result = await begin(hass, SOURCE_ZEROCONF, seen(hub.port))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "cannot_connect")


async def test_a_hub_of_another_protocol_is_not_offered(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    hub.api = 2
    result = await begin(hass, SOURCE_ZEROCONF, seen(hub.port))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "unsupported_api")


async def test_a_hub_is_added_by_its_address(hass: HomeAssistant, hub: ScriptedHub) -> None:
    form = await begin(hass, SOURCE_USER)
    assert (form["step_id"], form["errors"]) == ("user", {})
    assert_added(await fill(hass, form, host="127.0.0.1", port=hub.port), hub)


async def test_a_wrong_address_can_be_mended(hass: HomeAssistant, hub: ScriptedHub) -> None:
    form = await begin(hass, SOURCE_USER)
    form = await fill(hass, form, host="127.0.0.1", port=1)
    assert form["errors"] == {"base": "cannot_connect"}
    for status in (200, 404):
        hub.answers["hello"] = (status, b"<html>a router</html>")
        form = await fill(hass, form, host="127.0.0.1", port=hub.port)
        assert form["errors"] == {"base": "cannot_connect"}
    hub.answers.clear()
    assert_added(await fill(hass, form, host="127.0.0.1", port=hub.port), hub)


async def test_an_address_of_a_hub_that_does_not_pair_asks_for_the_token_without_complaint(
    hass: HomeAssistant, hub: ScriptedHub
) -> None:
    hub.pairing = False
    form = await begin(hass, SOURCE_USER)
    form = await fill(hass, form, host="127.0.0.1", port=hub.port)
    assert (form["step_id"], form["errors"]) == ("token", {})
    assert_added(await fill(hass, form, token=TOKEN), hub)


async def test_a_hub_cannot_be_added_twice(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    form = await begin(hass, SOURCE_USER)
    result = await fill(hass, form, host="127.0.0.1", port=hub.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_renewed_token_is_asked_for_and_taken(
    hass: HomeAssistant, hub: ScriptedHub, entry: MockConfigEntry
) -> None:
    hub.token = "a renewed token"
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (form,) = hass.config_entries.flow.async_progress()
    assert form["step_id"] == "reauth_confirm"
    again = await fill(hass, form, token=TOKEN)
    assert again["errors"] == {CONF_TOKEN: "bad_token"}
    result = await fill(hass, form, token=hub.token)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data[CONF_TOKEN] == hub.token
    assert entry.state is ConfigEntryState.LOADED


async def test_a_hub_can_be_paired_again(
    hass: HomeAssistant, hub: ScriptedHub, entry: MockConfigEntry
) -> None:
    hub.token = "a renewed token"
    assert not await hass.config_entries.async_setup(entry.entry_id)
    (form,) = hass.config_entries.flow.async_progress()
    result = await fill(hass, form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data[CONF_TOKEN] == hub.token


async def test_the_address_of_a_hub_can_be_changed(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    await hub.stop()
    hub.port = 0
    await hub.start()
    form = await loaded.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    again = await fill(hass, form, host="127.0.0.1", port=1)
    assert again["errors"] == {"base": "cannot_connect"}
    result = await fill(hass, form, host="127.0.0.1", port=hub.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert loaded.data == {CONF_HOST: "127.0.0.1", CONF_PORT: hub.port, CONF_TOKEN: TOKEN}


async def test_a_hub_is_not_replaced_by_another(
    hass: HomeAssistant, hub: ScriptedHub, loaded: MockConfigEntry
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    hub.hub_id = "f" * 32
    result = await fill(hass, form, host="127.0.0.1", port=hub.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_hub")
