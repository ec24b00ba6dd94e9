"""Every step of every announcement."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import EVENT_TYPES, announcement_signal
from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity

PARALLEL_UPDATES = 0
ANNOUNCEMENT: Final = EventEntityDescription(key="announcement", event_types=[*EVENT_TYPES])
SHOWN: Final = ("id", "origin", "room", "rooms", "outcome", "reason", "ttfa_ms", "audio_ms")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event."""
    async_add_entities([AnnouncementEvent(entry.runtime_data, ANNOUNCEMENT)])


class AnnouncementEvent(HubAgentEntity, EventEntity):
    """Fires when an announcement is queued, begins, is heard and ends."""

    async def async_added_to_hass(self) -> None:
        """Listen."""
        await super().async_added_to_hass()
        signal = announcement_signal(self.coordinator.config_entry.entry_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._announced))

    @callback
    def _announced(self, step: Mapping[str, Any]) -> None:
        if step.get("event_type") in EVENT_TYPES:
            known = {key: step[key] for key in SHOWN if key in step}
            self._trigger_event(step["event_type"], known)
            self.async_write_ha_state()
