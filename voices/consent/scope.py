"""What a voice may be used for, where, when, by whom, and until when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from voices.consent.fields import (
    as_member,
    as_moment,
    check_count,
    check_name,
    refuse,
    take_moment,
    take_words,
)
from voices.consent.times import stamp
from voices.purpose import Purpose

ALL: Final = "all"
"""The one name that stands for every room or every sender."""

DENIED_SENDERS: Final = frozenset(
    {"sip", "webrtc", "phone", "call", "voip", "voicemail", "internet"}
)
"""Origins no consent can permit: calls, and whatever is outside the home."""

_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of local time each day, whole minutes; one that ends earlier goes over midnight."""

    start: time
    end: time

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment.second or moment.microsecond or moment.tzinfo:
                refuse("hours must be whole minutes of local time")
        if self.start == self.end:
            refuse("hours must not be empty")

    def includes(self, clock: time) -> bool:
        """Whether the span is on at `clock`; not at its end any more."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def end_after(self, at: datetime) -> datetime:
        """When the span that is on at local time `at` ends."""
        end = at.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return end if end > at else end + timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds of a consent; no hours at all mean any hour."""

    purposes: tuple[Purpose, ...]
    until: datetime
    rooms: tuple[str, ...] = field(default=(ALL,), repr=False)
    hours: tuple[Hours, ...] = ()
    senders: tuple[str, ...] = (ALL,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", as_moment(self.until, "scope.until"))
        object.__setattr__(self, "purposes", tuple(sorted(set(self.purposes))))
        if not self.purposes:
            refuse("scope.purposes must not be empty")
        check_count(self.hours, "scope.hours")
        _check_names(self.rooms, "scope.rooms")
        _check_names(self.senders, "scope.senders")
        if DENIED_SENDERS.intersection(self.senders):
            refuse("scope.senders holds one that nobody can consent to")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "purposes": [purpose.value for purpose in self.purposes],
            "rooms": list(self.rooms),
            "hours": [str(span) for span in self.hours],
            "senders": list(self.senders),
            "until": stamp(self.until),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Scope":
        """What `to_json` wrote."""
        return cls(
            purposes=tuple(as_member(Purpose, word) for word in take_words(raw, "purposes")),
            rooms=take_words(raw, "rooms"),
            hours=tuple(_hours(text) for text in take_words(raw, "hours")),
            senders=take_words(raw, "senders"),
            until=take_moment(raw, "until"),
        )

    @property
    def purposes_text(self) -> str:
        """As the ledger holds them."""
        return ",".join(self.purposes)


def _check_names(names: tuple[str, ...], where: str) -> None:
    check_count(names, where)
    if not names:
        refuse(f"{where} must not be empty")
    for name in names:
        check_name(name, where)
    if ALL in names and len(names) > 1:
        refuse(f"{where} holds {ALL!r} beside others")


def _hours(text: str) -> Hours:
    match = _SPAN.fullmatch(text)
    if match is None:
        refuse("scope.hours is not of its form")
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in match.groups())
    return Hours(time(start_hour, start_minute), time(end_hour, end_minute))
