"""Which of eSpeak NG's languages says what a person said."""

from functools import lru_cache
from typing import Final

from hub_agent.engines.espeak import ESpeak
from hub_agent.errors import EngineError

_USUAL: Final = {"en": "en-us", "zh": "cmn", "no": "nb"}


def identifier_for(language: str, espeak: ESpeak) -> str:
    """ESpeak's identifier for a BCP 47 tag, less specific where need be.

    Raises `EngineError` when eSpeak does not speak the language at all.
    """
    known = _identifiers(espeak)
    tag = language.strip().lower().replace("_", "-")
    while tag:
        wanted = _USUAL.get(tag, tag)
        if wanted in known:
            return known[wanted]
        tag = tag.rpartition("-")[0]
    raise EngineError("eSpeak NG does not speak the language of this recording")


@lru_cache(maxsize=1)
def _identifiers(espeak: ESpeak) -> dict[str, str]:
    ranked: dict[str, tuple[int, str]] = {}
    for voice in espeak.voices():
        for tag, rank in voice.languages:
            ranked[tag] = min(ranked.get(tag, (256, "")), (rank, voice.identifier))
    return {tag: identifier for tag, (_rank, identifier) in ranked.items()}
