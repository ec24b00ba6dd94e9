"""How things are with the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .const import STATUSES, VAULT_STATES
from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity
from .models import State

PARALLEL_UPDATES = 0

type Value = StateType | date | datetime


@dataclass(frozen=True, kw_only=True)
class HubAgentSensorDescription(SensorEntityDescription):
    """A sensor and where its value comes from."""

    value: Callable[[State], Value]


SENSORS: Final = (
    HubAgentSensorDescription(
        key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[*STATUSES],
        value=lambda state: _known(state.status, STATUSES),
    ),
    HubAgentSensorDescription(
        key="queue",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda state: state.waiting,
    ),
    HubAgentSensorDescription(
        key="next_greeting",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda state: state.next_greeting,
    ),
    HubAgentSensorDescription(
        key="time_to_first_audio",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda state: state.ttfa_ms,
    ),
    HubAgentSensorDescription(
        key="consents_ending",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda state: state.consents_ending,
    ),
    HubAgentSensorDescription(
        key="consent_ends",
        device_class=SensorDeviceClass.DATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda state: state.consent_ends,
    ),
    HubAgentSensorDescription(
        key="engine",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda state: state.engine,
    ),
    HubAgentSensorDescription(
        key="vault",
        device_class=SensorDeviceClass.ENUM,
        options=[*VAULT_STATES],
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda state: _known(state.vault, VAULT_STATES),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors."""
    async_add_entities(HubAgentSensor(entry.runtime_data, each) for each in SENSORS)


class HubAgentSensor(HubAgentEntity, SensorEntity):
    """One fact about the hub."""

    entity_description: HubAgentSensorDescription

    @property
    def native_value(self) -> Value:
        """The fact as it is now."""
        return self.entity_description.value(self.hub)


def _known(value: str, known: tuple[str, ...]) -> str | None:
    """None for a word that only newer hubs say."""
    return value if value in known else None
