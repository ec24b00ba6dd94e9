"""Home Assistant with the integration, and a hub for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

# Before the fixture `hass`: the first `custom_components` that is imported is the one.
from custom_components.hub_agent.const import DOMAIN
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home_assistant.component.scripted_hub import HUB_ID, TOKEN, ScriptedHub, scripted_hub
from tests.home_assistant.component.waiting import until


@pytest.fixture(autouse=True)
async def _home(
    hass: HomeAssistant, socket_enabled: None, enable_custom_integrations: None, tmp_path: Path
) -> None:
    """With a folder of its own for what it keeps."""
    hass.config.config_dir = str(tmp_path)
    assert await async_setup_component(hass, "homeassistant", {})


@pytest.fixture
async def hub() -> AsyncIterator[ScriptedHub]:
    async with scripted_hub() as started:
        yield started


@pytest.fixture
def entry(hass: HomeAssistant, hub: ScriptedHub) -> MockConfigEntry:
    added = MockConfigEntry(
        domain=DOMAIN,
        title="Hub Agent",
        unique_id=HUB_ID,
        data={CONF_HOST: "127.0.0.1", CONF_PORT: hub.port, CONF_TOKEN: TOKEN},
    )
    added.add_to_hass(hass)
    return added


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry, hub: ScriptedHub) -> MockConfigEntry:
    """The entry, set up and listening to the hub."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await until(lambda: hub.num_listeners == 1)
    return entry
