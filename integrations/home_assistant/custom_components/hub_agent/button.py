"""Silence."""

from typing import Final

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity, errors_shown

PARALLEL_UPDATES = 1
STOP: Final = ButtonEntityDescription(key="stop")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button."""
    async_add_entities([StopButton(entry.runtime_data, STOP)])


class StopButton(HubAgentEntity, ButtonEntity):
    """Ends every announcement, in all rooms."""

    async def async_press(self) -> None:
        """End them."""
        with errors_shown():
            await self.coordinator.client.stop()
