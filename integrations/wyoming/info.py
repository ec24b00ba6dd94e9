"""The answer to `describe`: which voices there are, in Wyoming's words."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from wyoming.event import Event

from hub_agent import __version__
from hub_agent.text.language import base
from voices.voice import Voice, VoiceKind

_MAKERS: Final = {
    VoiceKind.FAMILY: {"name": "Your family", "url": ""},
    VoiceKind.STOCK: {"name": "Hub Agent", "url": ""},
}


def info(name: str, voices: Iterable[Voice], languages: Sequence[str]) -> Event:
    """The event; of stock voices only those of `languages`, or all. Families come first."""
    wanted = {base(tag) for tag in languages}
    offered = sorted(
        (voice for voice in voices if _is_offered(voice, wanted)),
        key=lambda voice: (voice.kind is not VoiceKind.FAMILY, voice.name),
    )
    program = {
        "name": name,
        "attribution": _MAKERS[VoiceKind.STOCK],
        "installed": True,
        "description": name,
        "version": __version__,
        "voices": [_described(voice) for voice in offered],
        "supports_synthesize_streaming": True,
    }
    return Event(type="info", data={"tts": [program]})


def shown_tag(tag: str) -> str:
    """A language tag as clients compare and show it: `pt-BR`, `zh-Hant` (RFC 5646, 2.1.1)."""
    language, *parts = tag.replace("_", "-").split("-")
    private = parts.index("x") if "x" in parts else len(parts)
    shown = [_shown_part(part) for part in parts[:private]] + parts[private:]
    return "-".join([language.lower(), *shown])


def _shown_part(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part


def _is_offered(voice: Voice, wanted: set[str]) -> bool:
    if voice.kind is VoiceKind.FAMILY or not wanted:
        return True
    return not wanted.isdisjoint(map(base, voice.languages))


def _described(voice: Voice) -> dict[str, Any]:
    return {
        "name": voice.id,
        "attribution": _MAKERS[voice.kind],
        "installed": True,
        "description": voice.name.strip(),
        "version": None,
        "languages": [shown_tag(tag) for tag in voice.languages],
    }
