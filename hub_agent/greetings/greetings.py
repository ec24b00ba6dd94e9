"""The household's greetings: what is said at its time, and only once."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final, Protocol

import structlog

from hub_agent.announcement import Announcement, new_announcement_id
from hub_agent.clock import Clock
from hub_agent.greetings.greeting import Greeting
from hub_agent.greetings.memory import GreetingsFile
from hub_agent.greetings.timetable import Timetable, zones_of
from hub_agent.settings.greetings import GreetingSettings
from voices.purpose import Purpose

log = structlog.get_logger(__name__)

ORIGIN: Final = "greetings"
LONGEST_SLEEP_S: Final = 5.0
"""The wall clock may be set at any time, on a board without a battery by months."""


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
        self._file = file
        self._clock = clock
        self._submit = submit
        self._changed = changed
        self._table = Timetable(settings, file.read(), zones_of(settings))

    def listed(self) -> Sequence[Greeting]:
        """In the order of the settings."""
        return self._table.greetings(self._now())

    def next(self) -> datetime | None:
        """When the first of them comes."""
        return self._table.next(self._now())

    def change(self, name: str, *, at: time | None, enabled: bool | None) -> None:
        """Change what is given; a time that has just passed comes tomorrow."""
        wishes: dict[str, Any] = {"at": at, "enabled": enabled}
        given = {key: wish for key, wish in wishes.items() if wish is not None}
        self._table.note(name, **given, done=self._now())
        self._changed()

    def say(self, name: str, announcement_id: str) -> None:
        """Say it now."""
        last = self._table.memory(name).text
        greeting = self._table.settings[name]
        text = _another(len(greeting.text), last)
        self._table.note(name, text=text)
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
        zones = await asyncio.to_thread(zones_of, settings)
        table = Timetable(settings, self._table.memories, zones)
        for name, greeting in settings.items():
            if greeting != self._table.settings.get(name):
                table.note(name, done=self._now())
        self._table = table

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
        due = self._table.due(now)
        for name in due:
            self._table.note(name, done=now)
        await self._keep()
        for name in due:
            announcement_id = new_announcement_id()
            log.info("greeting is due", announcement=announcement_id)
            self.say(name, announcement_id)
        if due:
            self._changed()

    async def _keep(self) -> None:
        await asyncio.to_thread(self._file.keep, self._table.memories)

    def _pause_s(self) -> float:
        now, following = self._now(), self.next()
        if following is None:
            return LONGEST_SLEEP_S
        return min(LONGEST_SLEEP_S, (following - now).total_seconds())

    def _now(self) -> datetime:
        return self._clock.now().astimezone(UTC)


def _another(count: int, last: int | None) -> int:
    """The place of one of `count` texts, another than the last one where there are several."""
    return secrets.choice([place for place in range(count) if place != last] or [0])
