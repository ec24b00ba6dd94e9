"""Words and times that several sections of the settings are written with."""

import re
from datetime import time
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from hub_agent.announcement import ALL_ROOMS, Priority
from hub_agent.settings.base import Expected, Name, wrong

CHIMES = ("soft", "bell", "alert")
"""Names of the chimes that come with the agent."""

_CLOCK_TIME = r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?"


def clock_time(value: object) -> time:
    """A local time of day, HH:MM with or without seconds. Raises `ValueError`."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    found = re.fullmatch(_CLOCK_TIME, value, re.ASCII) if isinstance(value, str) else None
    if found is not None:
        hour, minute, second = (int(part or 0) for part in found.groups())
        return time(hour, minute, second)
    raise wrong("is not a time of day", suggestion="HH:MM, for example 22:00")


def _not_reserved(name: str) -> str:
    if name == ALL_ROOMS:
        raise wrong("is a reserved word", suggestion=f"another name; {ALL_ROOMS} means every room")
    return name


def _chime(value: str) -> str:
    if value in CHIMES or value.lower().endswith(".wav"):
        return value
    raise wrong("is no chime", choices=(*CHIMES, "a path that ends with .wav"))


PlainName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$"),
    Expected("lower-case letters, digits, - and _, at most 63"),
]
RoomName = Annotated[PlainName, AfterValidator(_not_reserved)]
ClockTime = Annotated[
    time,
    BeforeValidator(clock_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK_TIME}$"}),
    Expected("time of day, HH:MM"),
]
ChimeName = Annotated[
    Name, AfterValidator(_chime), Expected(f"{', '.join(CHIMES)}, or a path that ends with .wav")
]
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,5}$"),
    Expected("language tag such as en, en-us or de"),
]
PriorityName = Literal["low", "normal", "high", "critical"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
"""From Monday, as `date.weekday` counts them."""


def priority_of(name: PriorityName) -> Priority:
    """The priority that a settings word names."""
    return Priority[name.upper()]
