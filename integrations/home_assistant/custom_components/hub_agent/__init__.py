"""The Hub Agent: announcements and speech in your family's voices, on a hub of your own."""

from typing import Final

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from .action_form import async_get_action_form
from .api import HubAgentClient
from .const import DOMAIN
from .coordinator import HubAgentConfigEntry, HubAgentCoordinator
from .issues import async_forget_issues, async_show_issues
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TTS,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Make the actions, which are there also while no hub is."""
    await async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: HubAgentConfigEntry) -> bool:
    """Connect to a hub."""
    client = HubAgentClient(
        async_get_clientsession(hass),
        entry.data[CONF_HOST],
        entry.data[CONF_PORT],
        entry.data[CONF_TOKEN],
    )
    coordinator = HubAgentCoordinator(hass, entry, client)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    @callback
    def show() -> None:
        async_show_issues(hass, entry, coordinator.data.state)
        async_get_action_form(hass).show(entry.entry_id, coordinator.data)

    show()
    entry.async_on_unload(coordinator.async_add_listener(show))
    entry.async_create_background_task(hass, coordinator.async_follow(), f"{DOMAIN} events")
    return True


async def async_unload_entry(hass: HomeAssistant, entry: HubAgentConfigEntry) -> bool:
    """Disconnect from a hub."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        async_forget_issues(hass, entry)
        async_get_action_form(hass).forget(entry.entry_id)
    return unloaded
