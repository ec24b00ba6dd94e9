"""When each greeting comes, by the settings and by what is remembered of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Final

from hub_agent.errors import NotFoundError
from hub_agent.greetings.greeting import Greeting
from hub_agent.greetings.memory import Memories, Memory
from hub_agent.greetings.schedule import next_moment
from hub_agent.greetings.zone import zone_of
from hub_agent.settings.greetings import GreetingSettings

GRACE: Final = timedelta(minutes=2)
"""How late a greeting may begin: the hub starts again within a minute, clocks are set by less."""
WRONG_CLOCK: Final = timedelta(days=1)
"""What was noted so far ahead of now was noted by a clock that has been set right since."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def zones_of(settings: Mapping[str, GreetingSettings]) -> Mapping[str, tzinfo]:
    """The time zone of each greeting; reads their rules from disk."""
    return {name: zone_of(greeting.timezone) for name, greeting in settings.items()}


class Timetable:
    """Of all greetings."""

    def __init__(
        self,
        settings: Mapping[str, GreetingSettings],
        memories: Memories,
        zones: Mapping[str, tzinfo],
    ) -> None:
        self.settings = settings
        self._memories = {name: memories.get(name, Memory()) for name in settings}
        self._zones = zones

    @property
    def memories(self) -> Memories:
        """Of the greetings that there are."""
        return dict(self._memories)

    def memory(self, name: str) -> Memory:
        """Of one greeting. Raises `NotFoundError`."""
        if name not in self._memories:
            raise NotFoundError(
                "there is no such greeting",
                hint="hub-agent greetings list",
                reason="unknown_greeting",
            )
        return self._memories[name]

    def note(self, name: str, **changes: Any) -> None:
        """Change what is remembered of a greeting. Raises `NotFoundError`."""
        self._memories[name] = replace(self.memory(name), **changes)

    def greetings(self, now: datetime) -> Sequence[Greeting]:
        """In the order of the settings."""
        return tuple(self._greeting(name, now) for name in self.settings)

    def next(self, now: datetime) -> datetime | None:
        """When the first of them comes."""
        coming = [greeting.next for greeting in self.greetings(now)]
        return min((moment for moment in coming if moment is not None), default=None)

    def due(self, now: datetime) -> list[str]:
        """What is to be said now."""
        earliest = now - GRACE
        moments = {name: self._moment(name, now, earliest) for name in self.settings}
        return [name for name, moment in moments.items() if moment is not None and moment <= now]

    def _greeting(self, name: str, now: datetime) -> Greeting:
        moment = self._moment(name, now, now)
        return Greeting(
            name=name,
            time=self._time(name),
            enabled=self._enabled(name),
            next=None if moment is None else moment.astimezone(self._zones[name]),
        )

    def _moment(self, name: str, now: datetime, earliest: datetime) -> datetime | None:
        """The first after `earliest` that is not over."""
        if not self._enabled(name):
            return None
        done = self.memory(name).done
        if done is None or done > now + WRONG_CLOCK:
            done = _LONG_AGO
        days, zone = self.settings[name].days, self._zones[name]
        return next_moment(self._time(name), days, zone, after=max(earliest, done))

    def _time(self, name: str) -> time:
        chosen = self.memory(name).at
        return self.settings[name].time if chosen is None else chosen

    def _enabled(self, name: str) -> bool:
        chosen = self.memory(name).enabled
        return self.settings[name].enabled if chosen is None else chosen
