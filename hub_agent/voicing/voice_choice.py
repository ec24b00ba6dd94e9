"""Which engine and voice an announcement gets, and in which language its text is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_agent.announcement import Announcement
from hub_agent.engines.engine import Engine, FamilyEngine
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError, NotFoundError
from hub_agent.settings.models import SpeechSettings
from hub_agent.text.language import base, guess_language
from voices.family import FamilyVoice, FamilyVoices
from voices.voice import Voice


@dataclass(frozen=True, slots=True)
class Person:
    """A family member, and the engines that can speak as them, the preferred first."""

    engines: tuple[FamilyEngine, ...]
    family_voice: FamilyVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChoice:
    """What was chosen.

    `person` is set for the voice of a family member, `voice_refused` when a stock voice stands in.
    """

    engine: Engine
    voice: Voice
    language: str
    person: Person | None = None
    voice_refused: str | None = None


def choose_voice(
    announcement: Announcement,
    speech: SpeechSettings,
    engines: EngineRegistry,
    family: FamilyVoices,
) -> VoiceChoice:
    """Choose for `announcement`; whether a person's voice may be used is not asked here.

    A voice that is asked for is that voice or nothing: there is no silent substitute. Without
    one, the settings' voice speaks: a person's every text, an engine's the texts in its own
    language, and the engine's best voice for the text's language the others.
    Raises `NotFoundError`, or `VaultLockedError` when it could be a locked voice.
    """
    engine = engines.get(announcement.engine or speech.engine)
    wanted = announcement.voice or speech.voice
    voice = None if wanted is None else engine.find_voice(wanted)
    if wanted is not None and voice is None:
        names = [announcement.engine] if announcement.engine else speech.family_engines
        able = _family_engines(engines, names or [speech.engine])
        return _as_person(announcement, speech, _person(able, family, wanted))
    if voice is not None and announcement.voice is not None:
        return _choice(engine, voice, announcement.language or voice.language)
    return stock_choice(announcement, speech, engine, preferred=voice)


def stock_choice(
    announcement: Announcement,
    speech: SpeechSettings,
    engine: Engine,
    *,
    preferred: Voice | None = None,
) -> VoiceChoice:
    """An engine's own voice for the text: `preferred` where it speaks its language.

    Raises `NotFoundError`.
    """
    language = announcement.language or guess_language(announcement.text, speech.language)
    if preferred is not None:
        spoken = {base(tag) for tag in preferred.languages} | {base(speech.language)}
        if base(language) in spoken:
            return _choice(engine, preferred, language)
    found = engine.voice_for_language(language)
    if found is None:
        raise NotFoundError(
            f"engine {engine.name!r} has no voice for this language",
            hint="hub-agent voices list",
            reason="unknown_language",
        )
    return _choice(engine, found, language)


def _choice(engine: Engine, voice: Voice, language: str) -> VoiceChoice:
    return VoiceChoice(engine=engine, voice=voice, language=language)


def _as_person(announcement: Announcement, speech: SpeechSettings, person: Person) -> VoiceChoice:
    voice = person.family_voice.voice
    usual = voice.language if announcement.voice else speech.language
    language = announcement.language or guess_language(announcement.text, usual)
    return VoiceChoice(engine=person.engines[0], voice=voice, language=language, person=person)


def _person(engines: tuple[FamilyEngine, ...], family: FamilyVoices, wanted: str) -> Person:
    found = family.find(wanted)
    if found is None:
        raise NotFoundError(
            "there is no such voice", hint="hub-agent voices list", reason="unknown_voice"
        )
    if not engines:
        raise NotFoundError(
            "there is no engine for family voices",
            hint="hub-agent engines",
            reason="engine_without_family_voices",
        )
    return Person(engines, found)


def _family_engines(engines: EngineRegistry, names: Sequence[str]) -> tuple[FamilyEngine, ...]:
    """Those of that name that can be had; who starts the agent is told of the others."""
    able: list[FamilyEngine] = []
    for name in names:
        try:
            engine = engines.get(name)
        except HubAgentError:
            if len(names) == 1:
                raise
            continue
        if isinstance(engine, FamilyEngine):
            able.append(engine)
    return tuple(able)
