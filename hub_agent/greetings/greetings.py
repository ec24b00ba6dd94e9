"""The household's greetings: when they come, what is said, and that each is said once."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final, Protocol

import structlog

from hub_agent.announcement import Announcement, new_announcement_id
from hub_agent.clock import Clock
from hub_agent.errors import NotFoundError
from hub_agent.greetings.greeting import Greeting
from hub_agent.greetings.memory import GreetingsFile, Memory
from hub_agent.greetings.schedule import next_moment
from hub_agent.greetings.zone import zone_of
from hub_agent.settings.greetings import GreetingSettings
from voices.purpose import Purpose

log = structlog.get_logger(__name__)

ORIGIN: Final = "greetings"
GRACE: Final = timedelta(minutes=2)
"""How late a greeting may begin: the hub starts again within a minute, clocks are set by less."""
WRONG_CLOCK: Final = timedelta(days=1)
"""What was noted so far ahead of now was noted by a clock that has been set right since."""
LONGEST_SLEEP_S: Final = 5.0
"""The wall clock may be set at any time, on a board without a battery by months."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Submit(Protocol):
    """See `AgentPort.submit`."""

    def __call__(self, announcement: Announcement, *, origin: str) -> None:
        """Hand over an announcement."""
        ...


class Greetings:
    """All of them. `changed` is called whenever what `listed` returns may have changed."""

    def __init__(
        self,
        settings: Mapping[str, GreetingSettings],
        *,
        file: GreetingsFile,
        clock: Clock,
        submit: Submit,
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._zones = _zones(settings)
        self._file = file
        self._clock = clock
        self._submit = submit
        self._changed = changed
        self._memories = dict(file.read())

    def listed(self) -> Sequence[Greeting]:
        """In the order of the settings."""
        now = self._now()
        return tuple(self._greeting(name, now) for name in self._settings)

    def next(self) -> datetime | None:
        """When the first of them comes."""
        return min((each.next for each in self.listed() if each.next is not None), default=None)

    def change(self, name: str, *, at: time | None, enabled: bool | None) -> None:
        """Change what is given; a time that has just passed comes tomorrow."""
        memory = self._memory(name)
        self._memories[name] = replace(
            memory,
            at=memory.at if at is None else at,
            enabled=memory.enabled if enabled is None else enabled,
            done=self._now(),
        )
        self._changed()

    def speak(self, name: str, announcement_id: str) -> None:
        """Say it now."""
        memory, greeting = self._memory(name), self._settings[name]
        text = _another(len(greeting.text), memory.text)
        self._memories[name] = replace(memory, text=text)
        announcement = Announcement(
            id=announcement_id,
            text=greeting.text[text],
            voice=greeting.voice,
            language=greeting.language,
            purpose=Purpose.GREETINGS,
            targets=greeting.rooms,
            volume=greeting.volume,
            chime=greeting.chime,
            expires_s=greeting.expires_s,
        )
        self._submit(announcement, origin=ORIGIN)

    async def reload(self, settings: Mapping[str, GreetingSettings]) -> None:
        """Apply new settings; what they put into the past is not said."""
        zones = await asyncio.to_thread(_zones, settings)
        for name, greeting in settings.items():
            if greeting != self._settings.get(name):
                memory = self._memories.get(name, Memory())
                self._memories[name] = replace(memory, done=self._now())
        self._settings, self._zones = settings, zones

    async def run(self) -> None:
        """Speak each at its time, until cancelled."""
        try:
            while True:
                await self._speak_due()
                await self._clock.sleep(self._pause_s())
        finally:
            await self._keep()

    async def _speak_due(self) -> None:
        """Noted before they are said: a power cut may cost a greeting, but repeats none."""
        now = self._now()
        due = [name for name in self._settings if self._is_due(name, now)]
        for name in due:
            self._memories[name] = replace(self._memory(name), done=now)
        await self._keep()
        for name in due:
            announcement_id = new_announcement_id()
            log.info("greeting is due", announcement=announcement_id)
            self.speak(name, announcement_id)
        if due:
            self._changed()

    async def _keep(self) -> None:
        kept = {name: self._memories[name] for name in self._settings if name in self._memories}
        await asyncio.to_thread(self._file.keep, kept)

    def _is_due(self, name: str, now: datetime) -> bool:
        moment = self._moment(name, max(now - GRACE, self._done(name, now)))
        return moment is not None and moment <= now

    def _pause_s(self) -> float:
        now, following = self._now(), self.next()
        if following is None:
            return LONGEST_SLEEP_S
        return min(LONGEST_SLEEP_S, (following - now).total_seconds())

    def _greeting(self, name: str, now: datetime) -> Greeting:
        moment = self._moment(name, max(now, self._done(name, now)))
        return Greeting(
            name=name,
            time=self._time(name),
            enabled=self._enabled(name),
            next=None if moment is None else moment.astimezone(self._zones[name]),
        )

    def _moment(self, name: str, after: datetime) -> datetime | None:
        """When it is to be said next, in UTC."""
        if not self._enabled(name):
            return None
        days = self._settings[name].days
        return next_moment(self._time(name), days, self._zones[name], after=after)

    def _time(self, name: str) -> time:
        chosen = self._memory(name).at
        return self._settings[name].time if chosen is None else chosen

    def _enabled(self, name: str) -> bool:
        chosen = self._memory(name).enabled
        return self._settings[name].enabled if chosen is None else chosen

    def _done(self, name: str, now: datetime) -> datetime:
        done = self._memory(name).done
        return _LONG_AGO if done is None or done > now + WRONG_CLOCK else done

    def _memory(self, name: str) -> Memory:
        if name not in self._settings:
            raise NotFoundError(
                "there is no such greeting",
                hint="hub-agent greetings list",
                reason="unknown_greeting",
            )
        return self._memories.get(name, Memory())

    def _now(self) -> datetime:
        return self._clock.now().astimezone(UTC)


def _zones(settings: Mapping[str, GreetingSettings]) -> Mapping[str, tzinfo]:
    return {name: zone_of(greeting.timezone) for name, greeting in settings.items()}


def _another(count: int, last: int | None) -> int:
    """The place of one of `count` texts, another than the last one where there are several."""
    return secrets.choice([place for place in range(count) if place != last] or [0])
