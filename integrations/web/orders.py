"""What speech a caller wants for itself, read strictly. Pure."""

from dataclasses import dataclass
from typing import Final

from hub_agent.announcement import Announcement, new_announcement_id
from hub_agent.audio.streamed import STREAMS
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.messages.fields import Fields, bad
from voices.purpose import Purpose

DEFAULT_FORMAT: Final = "wav"
LOWEST_RATE: Final = 8_000
HIGHEST_RATE: Final = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOrder:
    """One announcement as a file of a kind; `sample_rate` None: the voice's own."""

    announcement: Announcement
    format: str
    sample_rate: int | None


def read_order(fields: Fields) -> SpeechOrder:
    """The order with its text; raises `InvalidAnnouncementError`."""
    return _order(fields, fields.text("text"))


def read_order_without_text(query: list[tuple[str, str]]) -> SpeechOrder:
    """The order in a query, whose text comes by another way."""
    values: dict[str, object] = dict(query)
    if len(values) != len(query):
        raise InvalidAnnouncementError("a key is given twice", reason="duplicate_key")
    return _order(Fields({key: _typed(key, value) for key, value in query}), "")


def _order(fields: Fields, text: str) -> SpeechOrder:
    order = SpeechOrder(
        announcement=Announcement(
            id=new_announcement_id(),
            text=text,
            voice=fields.name("voice", "voice"),
            language=fields.language("language"),
            engine=fields.name("engine", "engine"),
            purpose=fields.purpose("purpose") or Purpose.ASSISTANT,
            stock_fallback=fields.switch("stock_fallback"),
        ),
        format=_format(fields),
        sample_rate=_sample_rate(fields),
    )
    fields.refuse_rest()
    return order


def _format(fields: Fields) -> str:
    name = fields.name("format", "format") or DEFAULT_FORMAT
    if name not in STREAMS:
        raise bad("format")
    return name


def _sample_rate(fields: Fields) -> int | None:
    value = fields.take("sample_rate")
    if value is None:
        return None
    if type(value) is not int or not LOWEST_RATE <= value <= HIGHEST_RATE:
        raise bad("sample_rate")
    return value


def _typed(key: str, value: str) -> object:
    """A query has nothing but text; what is neither is left as it is, and refused."""
    if key == "sample_rate" and value.isascii() and value.isdecimal():
        return int(value[:9])
    if key == "stock_fallback" and value in ("true", "false"):
        return value == "true"
    return value
