"""Quiet: only critical announcements are spoken."""

from typing import Any, Final

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity

PARALLEL_UPDATES = 1
QUIET: Final = SwitchEntityDescription(key="quiet")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch."""
    async_add_entities([QuietSwitch(entry.runtime_data, QUIET)])


class QuietSwitch(HubAgentEntity, SwitchEntity):
    """Whether the household wants quiet."""

    @property
    def is_on(self) -> bool:
        """Whether it does now."""
        return self.hub.quiet

    async def async_turn_on(self, **kwargs: Any) -> None:
        """Be quiet."""
        await self.prefer(quiet=True)

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Speak again."""
        await self.prefer(quiet=False)
