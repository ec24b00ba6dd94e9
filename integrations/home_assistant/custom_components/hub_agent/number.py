"""How loud the hub speaks."""

from typing import Final

from homeassistant.components.number import NumberEntity, NumberEntityDescription
from homeassistant.const import PERCENTAGE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity

PARALLEL_UPDATES = 1
VOLUME: Final = NumberEntityDescription(
    key="volume",
    native_min_value=0,
    native_max_value=100,
    native_step=1,
    native_unit_of_measurement=PERCENTAGE,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the number."""
    async_add_entities([VolumeNumber(entry.runtime_data, VOLUME)])


class VolumeNumber(HubAgentEntity, NumberEntity):
    """Scales every room's own volume."""

    @property
    def native_value(self) -> int:
        """In per cent."""
        return self.hub.volume

    async def async_set_native_value(self, value: float) -> None:
        """Turn it."""
        await self.prefer(volume=round(value))
