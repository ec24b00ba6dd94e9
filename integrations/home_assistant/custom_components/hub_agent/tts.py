"""Text to speech for Assist and for `tts.speak`, streamed."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, Final

from homeassistant.components.tts import ATTR_VOICE, TextToSpeechEntity, TtsAudioType, Voice

# Since 2025.5 the package names them too.
from homeassistant.components.tts.entity import TTSAudioRequest, TTSAudioResponse
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HubAgentConfigEntry, HubAgentCoordinator
from .entity import HubAgentEntity, errors_shown
from .sound_format import FORMAT_OPTIONS, SoundFormat
from .voice_names import best_language, languages_of, speaking, unique_names
from .wav import with_true_sizes

PARALLEL_UPDATES = 0
SPEECH: Final = EntityDescription(key="speech")
OPTIONS: Final = (ATTR_VOICE, "engine", "purpose", "stock_fallback")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HubAgentConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the engine."""
    async_add_entities([HubAgentSpeech(entry.runtime_data, SPEECH)])


class HubAgentSpeech(HubAgentEntity, TextToSpeechEntity):
    """Speaks for the assistant, in every voice whose person agreed to that."""

    def __init__(self, coordinator: HubAgentCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator, description)
        self._attr_supported_options = [*OPTIONS, *FORMAT_OPTIONS]
        self._take_voices()

    @callback
    def async_get_supported_voices(self, language: str) -> list[Voice]:
        """The family first."""
        names = unique_names(speaking(self.coordinator.data.assistant_voices, language))
        return [Voice(voice, name) for voice, name in names.items()]

    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Speech begins while the text still comes."""
        sound = SoundFormat.preferred(request.options)
        audio = self._speech(request.message_gen, request.language, request.options, sound)
        return TTSAudioResponse(sound.extension, audio)

    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """All of it at once, as Home Assistant before 2025.10 asks for it."""
        sound = SoundFormat.preferred(options)
        speech = self._speech(_once(message), language, options, sound)
        audio = b"".join([chunk async for chunk in speech])
        return sound.extension, with_true_sizes(audio)

    @callback
    def _handle_coordinator_update(self) -> None:
        self._take_voices()
        super()._handle_coordinator_update()

    def _take_voices(self) -> None:
        self._attr_default_options = self._usual_voice()
        config = self.coordinator.hass.config
        languages = languages_of(self.coordinator.data.assistant_voices) or [config.language]
        best = best_language(config.language, config.country, languages)
        self._attr_supported_languages = languages
        self._attr_default_language = best or languages[0]

    def _usual_voice(self) -> dict[str, Any]:
        """The person who speaks where nobody is named, so that it tells cached speech apart.

        Not a stock voice: as a wish it would speak other languages than its own, too.
        """
        usual = self.hub.voice
        able = {voice.id for voice in self.coordinator.data.assistant_voices if voice.family}
        return {ATTR_VOICE: usual} if usual in able else {}

    async def _speech(
        self,
        pieces: AsyncIterable[str],
        language: str,
        options: dict[str, Any],
        sound: SoundFormat,
    ) -> AsyncGenerator[bytes]:
        given = {key: _word(options[key]) for key in OPTIONS if options.get(key) is not None}
        wanted = {"purpose": "assistant", "language": language, **given, **sound.query()}
        with errors_shown():
            async for chunk in self.coordinator.client.speech(pieces, wanted):
                yield chunk


async def _once(message: str) -> AsyncGenerator[str]:
    yield message


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
