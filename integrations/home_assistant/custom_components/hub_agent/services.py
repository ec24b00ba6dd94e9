"""The actions: announce, stop."""

from typing import Any, Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from .action_form import async_setup_action_form
from .const import ATTR_CONFIG_ENTRY_ID, DOMAIN, INTERRUPTS, PRIORITIES, PURPOSES
from .coordinator import HubAgentConfigEntry, HubAgentCoordinator
from .entity import errors_shown

ANNOUNCE: Final = "announce"
STOP: Final = "stop"
NO_CHIME: Final = "none"

_WHICH_HUB: Final[dict[Any, Any]] = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
_ROOMS: Final[dict[Any, Any]] = {vol.Optional("rooms"): vol.All(cv.ensure_list, [cv.string])}
ANNOUNCE_SCHEMA: Final = vol.Schema(
    {
        **_WHICH_HUB,
        **_ROOMS,
        vol.Required("text"): vol.All(cv.string, vol.Length(min=1)),
        vol.Optional("voice"): cv.string,
        vol.Optional("priority"): vol.In(PRIORITIES),
        vol.Optional("chime"): vol.Any(cv.boolean, cv.string),
        vol.Optional("volume"): vol.All(vol.Coerce(int), vol.Range(min=0, max=100)),
        vol.Optional("language"): cv.string,
        vol.Optional("expires"): cv.positive_time_period,
        vol.Optional("interrupt"): vol.In(INTERRUPTS),
        vol.Optional("purpose"): vol.In(PURPOSES),
    }
)
STOP_SCHEMA: Final = vol.Schema({**_WHICH_HUB, **_ROOMS})


async def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions and make their forms."""
    hass.services.async_register(
        *(DOMAIN, ANNOUNCE, _announce, ANNOUNCE_SCHEMA), supports_response=SupportsResponse.OPTIONAL
    )
    hass.services.async_register(
        *(DOMAIN, STOP, _stop, STOP_SCHEMA), supports_response=SupportsResponse.OPTIONAL
    )
    await async_setup_action_form(hass)


async def _announce(call: ServiceCall) -> ServiceResponse:
    """At once, unless somebody wants to know how it ended."""
    coordinator = _coordinator(call)
    with errors_shown():
        result = await coordinator.client.announce(
            _announcement(call.data), wait=call.return_response
        )
    return result if call.return_response else None


async def _stop(call: ServiceCall) -> ServiceResponse:
    coordinator = _coordinator(call)
    with errors_shown():
        stopped = await coordinator.client.stop(call.data.get("rooms", ()))
    return {"stopped": stopped} if call.return_response else None


def _announcement(data: dict[str, Any]) -> dict[str, object]:
    """What was filled in, in the hub's words."""
    announcement = {key: value for key, value in data.items() if key != ATTR_CONFIG_ENTRY_ID}
    if "expires" in announcement:
        announcement["expires_s"] = announcement.pop("expires").total_seconds()
    if announcement.get("chime") == NO_CHIME:
        announcement["chime"] = False
    return announcement


def _coordinator(call: ServiceCall) -> HubAgentCoordinator:
    """Of the hub that was named, or of the only one."""
    loaded: list[HubAgentConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if wanted is not None:
        loaded = [entry for entry in loaded if entry.entry_id == wanted]
    match loaded:
        case [entry]:
            return entry.runtime_data
        case []:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_hub")
        case _:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_hub")
