"""Settings of what is said at a time of day."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from hub_agent.settings.base import Expected, Name, Section, wrong
from hub_agent.settings.values import (
    WEEKDAYS,
    ChimeName,
    ClockTime,
    Language,
    PlainName,
    Weekday,
)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise wrong(
            "is no time zone", suggestion="a name such as Europe/Berlin, or none for the system's"
        ) from None
    return name


Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Texts = Annotated[
    tuple[Text, ...],
    Field(min_length=1, max_length=64),
    BeforeValidator(_listed),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 2000},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 64},
            ]
        }
    ),
    Expected("text, or a list of at most 64 texts"),
]
ZoneName = Annotated[Name, AfterValidator(_zone_name), Expected("time zone such as Europe/Berlin")]


class GreetingSettings(Section):
    """What is said at a time of day; a family voice needs its owner's consent to greetings."""

    enabled: bool = Field(
        default=True, title="Enabled", description="The household may change it while the hub runs"
    )
    time: ClockTime = Field(
        title="Time",
        description="Local time, for example 07:00; the household may change it while the hub runs",
    )
    days: tuple[Weekday, ...] = Field(
        default=WEEKDAYS,
        min_length=1,
        title="Days",
        description="Days on which it is said",
    )
    text: Texts = Field(
        repr=False,
        title="Text",
        description="What is said; of a list one, never the same twice in a row",
    )
    voice: Name | None = Field(
        default=None, title="Voice", description="A family member's or an engine's; none: the usual"
    )
    rooms: tuple[PlainName, ...] = Field(
        default=(),
        max_length=32,
        title="Rooms",
        description="Where it is said, `all` for everywhere; none: the default room",
    )
    language: Language | None = Field(
        default=None, title="Language", description="Language of the text; none: `speech.language`"
    )
    volume: int | None = Field(
        default=None, ge=0, le=100, title="Volume", description="In %; none: the room's own"
    )
    chime: ChimeName | None = Field(
        default=None, title="Chime", description="Chime before it; none: the room's own"
    )
    expires_s: float = Field(
        default=600.0,
        gt=0,
        le=86_400,
        title="Expiry",
        description="Seconds after which it is no longer worth saying",
    )
    timezone: ZoneName | None = Field(
        default=None, title="Time zone", description="Whose time it is; none: the system's"
    )
