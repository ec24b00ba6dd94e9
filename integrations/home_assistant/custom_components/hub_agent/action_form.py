"""The forms of the actions, with the voices and rooms that there are now to pick from."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from homeassistant.const import ATTR_DOMAIN, ATTR_SERVICE, EVENT_SERVICE_REGISTERED
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.service import async_set_service_schema
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.yaml import load_yaml_dict

from .const import ALL_ROOMS, ATTR_CONFIG_ENTRY_ID, DOMAIN
from .models import HubData, Room, Voice
from .voice_names import nearest_first, unique_names

DATA_FORM: HassKey["ActionForm"] = HassKey(f"{DOMAIN}_action_form")

type Options = list[dict[str, str]]
type Descriptions = dict[str, dict[str, Any]]


class ActionForm:
    """What the form of each action offers; `descriptions` is `services.yaml`."""

    def __init__(self, hass: HomeAssistant, descriptions: Descriptions) -> None:
        self._hass = hass
        self._descriptions = descriptions
        self._hubs: dict[str, HubData] = {}
        self._shown: Descriptions = {}

    @callback
    def show(self, entry_id: str, hub: HubData) -> None:
        """Offer what a hub has now."""
        self._hubs[entry_id] = hub
        self._update()

    @callback
    def forget(self, entry_id: str) -> None:
        """Offer nothing more of a hub."""
        self._hubs.pop(entry_id, None)
        self._update()

    def _update(self) -> None:
        descriptions = self._filled()
        if descriptions == self._shown:
            return
        self._shown = descriptions
        for action, description in descriptions.items():
            async_set_service_schema(self._hass, DOMAIN, action, description)
            _tell_open_pages(self._hass, action)

    def _filled(self) -> Descriptions:
        descriptions = deepcopy(self._descriptions)
        for description in descriptions.values():
            fields = description["fields"]
            if len(self._hubs) == 1:
                del fields[ATTR_CONFIG_ENTRY_ID]
            for name, options in (("voice", self._voices()), ("rooms", self._rooms())):
                if name in fields:
                    fields[name]["selector"]["select"]["options"] = options
        return descriptions

    def _voices(self) -> Options:
        voices: dict[str, Voice] = {}
        for hub in self._hubs.values():
            voices |= {voice.id: voice for voice in hub.announcement_voices}
        language = self._hass.config.language
        return _options(unique_names(nearest_first(voices.values(), language)))

    def _rooms(self) -> Options:
        rooms: dict[str, Room] = {}
        for hub in self._hubs.values():
            rooms |= {room.id: room for room in hub.rooms}
        names = {room.id: room.name for room in rooms.values()}
        return _options(names | {ALL_ROOMS: "Everywhere"} if len(names) > 1 else names)


async def async_setup_action_form(hass: HomeAssistant) -> None:
    """Make the forms; without hubs they offer nothing."""
    file = Path(__file__).with_name("services.yaml")
    descriptions: Descriptions = await hass.async_add_executor_job(load_yaml_dict, str(file))
    hass.data[DATA_FORM] = ActionForm(hass, descriptions)


def async_get_action_form(hass: HomeAssistant) -> ActionForm:
    """The forms as they are."""
    return hass.data[DATA_FORM]


def _options(names: dict[str, str]) -> Options:
    return [{"value": value, "label": label} for value, label in names.items()]


def _tell_open_pages(hass: HomeAssistant, action: str) -> None:
    """The event on which they ask again how the actions look."""
    hass.bus.async_fire(EVENT_SERVICE_REGISTERED, {ATTR_DOMAIN: DOMAIN, ATTR_SERVICE: action})
