"""A greeting as the household sees it."""

from dataclasses import dataclass
from datetime import datetime, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """`time` and `next` are of the greeting's own time zone; `next` is None while it is off."""

    name: str
    time: time
    enabled: bool
    next: datetime | None
