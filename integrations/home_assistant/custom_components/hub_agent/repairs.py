"""The one issue that the household settles by having read it."""

from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.core import HomeAssistant

from .const import CONF_TTS_CACHE_EXPLAINED


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Only `tts_cache` can be fixed."""
    return TtsCacheFlow(str((data or {}).get("entry_id")))


class TtsCacheFlow(ConfirmRepairFlow):
    """Explains, and remembers that it did."""

    def __init__(self, entry_id: str) -> None:
        super().__init__()
        self._entry_id = entry_id

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> Any:
        """Understood."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None:
            options = {**entry.options, CONF_TTS_CACHE_EXPLAINED: True}
            self.hass.config_entries.async_update_entry(entry, options=options)
        return await super().async_step_confirm(user_input)
