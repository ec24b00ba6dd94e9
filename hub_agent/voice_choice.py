"""Which engine and voice an announcement gets, and in which language its text is read."""

from dataclasses import dataclass

from hub_agent.announcement import Announcement
from hub_agent.engines.engine import Engine
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import NotFoundError
from hub_agent.settings.models import SpeechSettings
from hub_agent.text.language import base, guess_language
from voices.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChoice:
    """What was chosen."""

    engine: Engine
    voice: Voice
    language: str


def choose_voice(
    announcement: Announcement, speech: SpeechSettings, engines: EngineRegistry
) -> VoiceChoice:
    """Choose for `announcement`.

    A voice that is asked for is that voice or nothing: there is no silent substitute. Without
    one, the settings' voice speaks texts in its own language, and the engine's best voice for the
    text's language the others. Raises `NotFoundError`.
    """
    engine = engines.get(announcement.engine or speech.engine)
    if announcement.voice is not None:
        voice = _find(engine, announcement.voice)
        return _choice(engine, voice, announcement.language or voice.language)
    language = announcement.language or guess_language(announcement.text, speech.language)
    voice = _default_voice(engine, speech, language)
    return _choice(engine, voice, language)


def _choice(engine: Engine, voice: Voice, language: str) -> VoiceChoice:
    return VoiceChoice(engine=engine, voice=voice, language=language)


def _find(engine: Engine, wanted: str) -> Voice:
    voice = engine.find_voice(wanted)
    if voice is None:
        raise NotFoundError(
            "there is no such voice", hint="hub-agent voices list", reason="unknown_voice"
        )
    return voice


def _default_voice(engine: Engine, speech: SpeechSettings, language: str) -> Voice:
    if speech.voice is not None:
        voice = _find(engine, speech.voice)
        if base(language) in {base(tag) for tag in voice.languages} | {base(speech.language)}:
            return voice
    found = engine.voice_for_language(language)
    if found is None:
        raise NotFoundError(
            f"engine {engine.name!r} has no voice for this language",
            hint="hub-agent voices list",
            reason="unknown_language",
        )
    return found
