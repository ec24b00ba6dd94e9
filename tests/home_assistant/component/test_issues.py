from typing import Any

import pytest
from custom_components.hub_agent.const import DOCUMENTATION, DOMAIN
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home_assistant.component.scripted_hub import ScriptedHub
from tests.home_assistant.component.waiting import until

FAULTS: list[tuple[dict[str, Any], dict[str, Any], str, dict[str, str]]] = [
    ({"integrations": {"mqtt": False}}, {"integrations": {}}, "broker_unreachable", {}),
    (
        {"consents_ending": 2, "consent_ends": "2026-12-24"},
        {"consents_ending": 0, "consent_ends": None},
        "consent_ending",
        {"count": "2", "date": "2026-12-24"},
    ),
    (
        {"engines_missing": ["gpt_sovits", "server"]},
        {"engines_missing": []},
        "engine_missing",
        {"engines": "gpt_sovits, server"},
    ),
]


@pytest.mark.parametrize(("fault", "mended", "key", "shown"), FAULTS, ids=[x[2] for x in FAULTS])
async def test_a_fault_is_an_issue_until_it_is_mended(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    fault: dict[str, Any],
    mended: dict[str, Any],
    key: str,
    shown: dict[str, str],
) -> None:
    assert not issue_registry.issues
    hub.change(**fault)
    await until(lambda: issue_registry.issues)
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == key
    assert issue.translation_placeholders == {"name": "Hub Agent", **shown}
    assert issue.learn_more_url == f"{DOCUMENTATION}#{key.replace('_', '-')}"
    assert not issue.is_fixable
    hub.change(**mended)
    await until(lambda: not issue_registry.issues)


async def test_who_has_a_family_voice_is_told_once_what_is_kept_of_speech(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    hub.change(family_voices=1)
    await until(lambda: issue_registry.issues)
    (issue,) = issue_registry.issues.values()
    assert (issue.translation_key, issue.is_fixable) == ("tts_cache", True)

    flows = repairs_flow_manager(hass)
    assert flows is not None
    form = await flows.async_init(DOMAIN, data={"issue_id": issue.issue_id})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert form["description_placeholders"] == {"name": "Hub Agent"}
    done = await flows.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert not issue_registry.issues

    assert await hass.config_entries.async_reload(loaded.entry_id)
    assert not issue_registry.issues


async def test_issues_go_with_the_entry(
    hass: HomeAssistant,
    hub: ScriptedHub,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    hub.change(engines_missing=["x"], integrations={"mqtt": False}, family_voices=1)
    await until(lambda: len(issue_registry.issues) == 3)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert not issue_registry.issues
