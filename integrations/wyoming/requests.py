"""What clients ask for, read from events that may hold anything."""

from dataclasses import dataclass, field
from typing import Any, Final

from wyoming.event import Event

from hub_agent.text.growing import GrowingText
from integrations.wyoming.framing import ProtocolError

MAX_NAME_CHARS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """One text to speak. `dialogue`: its text came in pieces and its end is confirmed."""

    voice: str | None = field(repr=False)
    language: str | None
    dialogue: bool
    text: GrowingText = field(default_factory=GrowingText, repr=False)


def speech_request(event: Event, *, dialogue: bool) -> SpeechRequest:
    """What `synthesize` or `synthesize-start` asks for, still without text."""
    if event.data.get("text_format") not in (None, "text"):
        raise ProtocolError("only plain text is spoken", reason="unknown_text_format")
    voice = event.data.get("voice")
    if voice is None:
        voice = {}
    if not isinstance(voice, dict):
        raise ProtocolError("a voice is no JSON object")
    language = _name(voice, "language")
    return SpeechRequest(
        voice=_name(voice, "name"),
        language=None if language is None else language.replace("_", "-").lower(),
        dialogue=dialogue,
    )


def text_of(event: Event) -> str:
    """The text of `synthesize` or `synthesize-chunk`."""
    text = event.data.get("text")
    if not isinstance(text, str) or not _is_unicode(text):
        raise ProtocolError("an event has no text")
    return text


def _name(voice: dict[str, Any], key: str) -> str | None:
    name = voice.get(key)
    if name is None or name == "":
        return None
    if not isinstance(name, str) or len(name) > MAX_NAME_CHARS or not _is_unicode(name):
        raise ProtocolError("a voice has a name that is none")
    return name


def _is_unicode(text: str) -> bool:
    """JSON can hold halves of surrogate pairs, which are no characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
