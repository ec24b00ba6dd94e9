"""Who speaks an announcement in a room: the chosen voice, if it may."""

from dataclasses import dataclass, replace

from hub_agent.announcement import Announcement
from hub_agent.clock import Clock
from hub_agent.engines.registry import EngineRegistry
from hub_agent.settings.models import SpeechSettings
from hub_agent.voicing.fallback_source import FallbackSource
from hub_agent.voicing.marking import Marking
from hub_agent.voicing.speech_source import FamilySource, SpeechSource, StockSource
from hub_agent.voicing.voice_choice import Person, VoiceChoice, choose_voice, stock_choice
from voices.errors import VoicesError
from voices.family import FamilyVoices


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who speaks.

    `obstacle` is why this voice must stay silent; `voice_refused` why it is not the voice that was
    asked for.
    """

    source: SpeechSource
    language: str
    obstacle: VoicesError | None = None
    voice_refused: str | None = None


class Casting:
    """Finds voices and asks for consent; nothing here waits."""

    def __init__(
        self, engines: EngineRegistry, family: FamilyVoices, clock: Clock, marking: Marking
    ) -> None:
        self._engines = engines
        self._family = family
        self._clock = clock
        self._marking = marking

    def choose(self, announcement: Announcement, speech: SpeechSettings) -> VoiceChoice:
        """See `choose_voice`; where the vault is locked or damaged a stock voice may stand in."""
        try:
            return choose_voice(announcement, speech, self._engines, self._family)
        except VoicesError as error:
            if not _may_fall_back(announcement, speech):
                raise
            return replace(self._stock(announcement, speech), voice_refused=error.reason)

    def cast(
        self,
        choice: VoiceChoice,
        announcement: Announcement,
        speech: SpeechSettings,
        *,
        room: str,
        sender: str,
    ) -> Cast:
        """The voice of `choice` for `room`, asked by `sender`.

        Where the person does not consent to this use, a stock voice speaks if the announcement or
        the settings allow it; never another person's.
        """
        if choice.person is None:
            return self._cast_stock(choice, choice.voice_refused)
        source = self._source(choice.person, announcement, room, sender, speech.phrase_cache_bytes)
        try:
            source.check()
        except VoicesError as error:
            if _may_fall_back(announcement, speech):
                stand_in = self._stock(announcement, speech)
                return self._cast_stock(stand_in, error.reason)
            return Cast(source=source, language=choice.language, obstacle=error)
        return Cast(source=source, language=choice.language)

    def _source(
        self,
        person: Person,
        announcement: Announcement,
        room: str,
        sender: str,
        phrase_cache_bytes: int,
    ) -> SpeechSource:
        sources = [
            FamilySource(
                engine,
                person.family_voice,
                family=self._family,
                announcement_id=announcement.id,
                purpose=announcement.purpose,
                room=room,
                sender=sender,
                clock=self._clock,
                strength=self._marking.strength,
                phrase_cache_bytes=phrase_cache_bytes,
            )
            for engine in person.engines
        ]
        return sources[0] if len(sources) == 1 else FallbackSource(sources)

    def _cast_stock(self, choice: VoiceChoice, voice_refused: str | None) -> Cast:
        source = StockSource(choice.engine, choice.voice, self._marking)
        return Cast(source=source, language=choice.language, voice_refused=voice_refused)

    def _stock(self, announcement: Announcement, speech: SpeechSettings) -> VoiceChoice:
        engine = self._engines.get(announcement.engine or speech.engine)
        return stock_choice(announcement, speech, engine)


def _may_fall_back(announcement: Announcement, speech: SpeechSettings) -> bool:
    allowed = announcement.stock_fallback
    return speech.stock_fallback if allowed is None else allowed
