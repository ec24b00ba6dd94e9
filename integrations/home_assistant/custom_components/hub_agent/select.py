"""Who speaks where an announcement names nobody."""

from typing import Final

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HubAgentConfigEntry
from .entity import HubAgentEntity
from .voice_names import family_first, speaking, unique_names

PARALLEL_UPDATES = 1
VOICE: Final = SelectEntityDescription(key="voice")
AUTOMATIC: Final = "automatic"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the list."""
    async_add_entities([VoiceSelect(entry.runtime_data, VOICE)])


class VoiceSelect(HubAgentEntity, SelectEntity):
    """The household's usual voice."""

    @property
    def options(self) -> list[str]:
        """The family, and the other voices of the home's language."""
        return [AUTOMATIC, *self._names().values()]

    @property
    def current_option(self) -> str | None:
        """Whose turn it is."""
        voice = self.hub.voice
        return AUTOMATIC if voice is None else self._names().get(voice)

    async def async_select_option(self, option: str) -> None:
        """Choose another."""
        ids = {name: voice for voice, name in self._names().items()}
        await self.prefer(voice=ids.get(option))

    def _names(self) -> dict[str, str]:
        voices = self.coordinator.data.announcement_voices
        ours = {voice.id for voice in speaking(voices, self.hass.config.language)}
        return unique_names(
            voice
            for voice in family_first(voices)
            if voice.family or voice.id in ours or voice.id == self.hub.voice
        )
