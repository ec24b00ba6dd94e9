"""The embedded engine: eSpeak NG, always there, every language, nothing to download."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hub_agent.engines.engine import Emit, PersonalVoice, Progress, Prosody
from hub_agent.engines.espeak import DEFAULT_WORDS_PER_MINUTE, ESpeak, Pcm16, SpeechEvent
from hub_agent.engines.home import EngineHome
from hub_agent.text.segment import Boundary, Segment
from voices.payload import Payload
from voices.recording import Recording
from voices.voice import Voice, VoiceId

if TYPE_CHECKING:
    from hub_agent.timbre.voice import TimbreVoice

_STOPS = {
    Boundary.WORD: ",",
    Boundary.CLAUSE: ",",
    Boundary.SENTENCE: ".",
    Boundary.QUESTION: "?",
    Boundary.EXCLAMATION: "!",
    Boundary.PARAGRAPH: ".",
}
_PREFERRED = {
    "en": "en-us",
    "zh": "cmn",
    "zh-cn": "cmn",
    "zh-hans": "cmn",
    "zh-tw": "cmn",
    "zh-hant": "cmn",
    "zh-hk": "yue",
    "no": "nb",
    "fr": "fr",
    "pt": "pt",
}
_FULL_SCALE = 32768.0


class EmbeddedEngine:
    """eSpeak NG as an `Engine`.

    Streams inside the sentence: the first chunk (60 ms of audio) comes after the first clause
    was analysed, about a millisecond. Voice ids are eSpeak's, in lower case: `en-us`, `de`,
    `cmn`; a variant may follow: `en-us+f2`.
    """

    name = "embedded"
    sample_rate = 22_050
    look_ahead_ms = 60.0

    def __init__(self) -> None:
        self._espeak = ESpeak()
        self._voices: dict[str, Voice] = {}
        self._identifiers: dict[str, str] = {}
        self._variants: dict[str, str] = {}
        self._ranks: dict[str, tuple[int, str]] = {}

    def load(self) -> None:
        """See `Engine.load`."""
        self._espeak.load()
        if not self._voices:
            self._read_voices()
        if self._espeak.sample_rate != self.sample_rate:
            self.sample_rate = self._espeak.sample_rate
        warm = Segment(text="Ready.", index=0, language="en-us")
        self.speak(warm, self._voices["en-us"], Prosody(), lambda _samples: True)

    def unload(self) -> None:
        """See `Engine.unload`."""
        self._espeak.unload()

    def voices(self) -> Sequence[Voice]:
        """See `Engine.voices`; one a language, each of which can take any of `variants`."""
        return tuple(self._voices.values())

    def variants(self, voice: Voice) -> Sequence[Voice]:
        """See `Engine.variants`."""
        return tuple(self._with_variant(voice, variant) for variant in self._variants)

    def find_voice(self, wanted: str) -> Voice | None:
        """See `Engine.find_voice`."""
        base, plus, variant = wanted.strip().lower().partition("+")
        voice = self._voices.get(base.replace("_", "-"))
        if voice is None or not plus:
            return voice
        return self._with_variant(voice, variant) if variant in self._variants else None

    def voice_for_language(self, language: str) -> Voice | None:
        """See `Engine.voice_for_language`."""
        tag = language.strip().lower().replace("_", "-")
        while tag:
            wanted = _PREFERRED.get(tag, tag)
            if wanted in self._voices:
                return self._voices[wanted]
            if wanted in self._ranks:
                return self._voices[self._ranks[wanted][1]]
            tag = tag.rpartition("-")[0]
        return None

    def speak(self, segment: Segment, voice: Voice, prosody: Prosody, emit: Emit) -> None:
        """See `Engine.speak`."""

        def on_audio(pcm: Pcm16, _events: tuple[SpeechEvent, ...]) -> bool:
            return emit(pcm.astype(np.float32) / np.float32(_FULL_SCALE))

        self._espeak.synthesise(
            _with_stop(segment),
            on_audio,
            voice=self._identifier(voice),
            words_per_minute=_words_per_minute(prosody.rate),
            pitch=_pitch(prosody.pitch),
        )

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        """See `FamilyEngine.prepare`."""
        from hub_agent.timbre.fitting import fit

        self._espeak.load()
        return fit(recordings, self._espeak, progress)

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        """See `FamilyEngine.personal_voice`; speaks every language the engine has."""
        del voice
        from hub_agent.timbre.voice import TimbreVoice

        return _Person(self, TimbreVoice(data, self._espeak))

    def identifier_for(self, language: str) -> str:
        """The name eSpeak has for the voice that reads `language`; English where there is none."""
        voice = self.voice_for_language(language) or self._voices["en-us"]
        return self._identifier(voice)

    def _read_voices(self) -> None:
        for entry in self._espeak.voices():
            voice_id = entry.identifier.rpartition("/")[2].lower()
            tags = tuple(tag for tag, _rank in entry.languages)
            self._identifiers[voice_id] = entry.identifier
            self._voices[voice_id] = Voice(
                id=VoiceId(voice_id), name=entry.name, languages=tags, engine=self.name
            )
            for tag, rank in entry.languages:
                self._ranks[tag] = min(self._ranks.get(tag, (256, "")), (rank, voice_id))
        for entry in self._espeak.variants():
            file_name = entry.identifier.rpartition("/")[2]
            self._variants[file_name.lower()] = file_name

    def _with_variant(self, voice: Voice, variant: str) -> Voice:
        return Voice(
            id=VoiceId(f"{voice.id}+{variant}"),
            name=f"{voice.name} ({variant})",
            languages=voice.languages,
            engine=self.name,
        )

    def _identifier(self, voice: Voice) -> str:
        base, plus, variant = voice.id.partition("+")
        return self._identifiers[base] + (f"+{self._variants[variant]}" if plus else "")


def embedded_engine(_home: EngineHome) -> EmbeddedEngine:
    """The entry point; the engine needs nothing."""
    return EmbeddedEngine()


class _Person:
    """What eSpeak says, with the sound of a person."""

    def __init__(self, engine: EmbeddedEngine, timbre: "TimbreVoice") -> None:
        self._engine = engine
        self._timbre = timbre

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`."""
        self._timbre.speak(
            _with_stop(segment),
            identifier=self._engine.identifier_for(segment.language),
            rate=prosody.rate,
            pitch=prosody.pitch,
            emit=emit,
        )


def _with_stop(segment: Segment) -> str:
    """The text with the stop that gives eSpeak the right intonation at its end."""
    text = segment.text.rstrip()
    ends_itself = bool(text) and not (text[-1].isalnum() or text[-1] in "\"')]}»”’")
    return text if ends_itself else text + _STOPS[segment.boundary]


def _words_per_minute(rate: float) -> int:
    return round(min(max(DEFAULT_WORDS_PER_MINUTE * rate, 80), 450))


def _pitch(factor: float) -> int:
    """Map a factor to eSpeak's logarithmic pitch: 0 an octave down, 100 an octave up."""
    return round(min(max(50 + 50 * math.log2(factor), 0), 99))
