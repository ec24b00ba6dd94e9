"""Whether the hub speaks, and whether something is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity
from .models import State

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HubAgentBinarySensorDescription(BinarySensorEntityDescription):
    """A sensor and what decides."""

    is_on: Callable[[State], bool]


BINARY_SENSORS: Final = (
    HubAgentBinarySensorDescription(
        key="speaking",
        device_class=BinarySensorDeviceClass.SOUND,
        is_on=lambda state: state.status == "speaking",
    ),
    HubAgentBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda state: not state.ready or bool(state.engines_missing),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors."""
    async_add_entities(HubAgentBinarySensor(entry.runtime_data, each) for each in BINARY_SENSORS)


class HubAgentBinarySensor(HubAgentEntity, BinarySensorEntity):
    """A yes or no about the hub."""

    entity_description: HubAgentBinarySensorDescription

    @property
    def is_on(self) -> bool:
        """The answer as it is now."""
        return self.entity_description.is_on(self.hub)
