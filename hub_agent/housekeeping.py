"""What the agent does beside speaking: memory, caches, and a look at the family's consents."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from hub_agent.clock import Clock
from hub_agent.engines.care import CHECK_EVERY_S, EngineCare
from hub_agent.settings.models import CoreSettings
from hub_agent.text.normalise import READ_OUT, preload
from voices.consent.policy import ends_soon
from voices.errors import VoicesError
from voices.family import FamilyVoices

log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 2.0
"""How soon a voice that was enrolled, renamed or withdrawn elsewhere shows everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingConsents:
    """How many consents end soon, and when the first of all does."""

    count: int = 0
    first: datetime | None = None


class Housekeeping:
    """Runs beside the rooms; `changed` is called when the family or the engines changed."""

    def __init__(
        self,
        care: EngineCare,
        family: FamilyVoices,
        *,
        clock: Clock,
        settings: Callable[[], CoreSettings],
        changed: Callable[[], None],
    ) -> None:
        self._care = care
        self._family = family
        self._clock = clock
        self._settings = settings
        self._changed = changed
        self._stamp: Hashable = object()
        self._looked_on: date | None = None
        self._tidied_at: float | None = None
        self.ending = EndingConsents()

    async def run(self) -> None:
        """Until cancelled."""
        for language in READ_OUT:
            await asyncio.to_thread(preload, language)
        while True:
            await self._look_at_family()
            await self._tidy()
            await self._clock.sleep(LOOK_EVERY_S)

    async def _tidy(self) -> None:
        now = self._clock.monotonic()
        if self._tidied_at is not None and now - self._tidied_at < CHECK_EVERY_S:
            return
        self._tidied_at = now
        speech = self._settings().speech
        await self._care.unload_idle(speech.unload_after_s)
        await self._look_for_engines()
        await asyncio.to_thread(self._family.wipe_idle)
        await asyncio.to_thread(self._family.tidy_phrases, max_bytes=speech.phrase_cache_bytes)

    async def _look_for_engines(self) -> None:
        missing = self._care.missing()
        await self._care.look_for_missing()
        if self._care.missing() != missing:
            self._changed()

    async def _look_at_family(self) -> None:
        stamp, today = await asyncio.to_thread(self._standing), self._clock.now().date()
        same_day, same_family = self._looked_on == today, self._stamp == stamp
        self._looked_on, self._stamp = today, stamp
        try:
            if not same_day:
                await self._forget_old()
            if not (same_day and same_family):
                await self._look_at_consents(warn=not same_day)
        except VoicesError as error:
            log.error("family voices cannot be looked at", reason=error.reason)

    def _standing(self) -> Hashable:
        try:
            return self._family.locked(), self._family.stamp()
        except VoicesError as error:
            return error.reason

    async def _forget_old(self) -> None:
        keep_days = self._settings().audit.keep_days
        if keep_days:
            oldest = self._clock.now() - timedelta(days=keep_days)
            await asyncio.to_thread(self._family.prune_audit, oldest)

    async def _look_at_consents(self, *, warn: bool) -> None:
        now = self._clock.now()
        ends = await asyncio.to_thread(self._family.consent_ends, now)
        soon = sum(ends_soon(end, now) for end in ends)
        self.ending = EndingConsents(count=soon, first=min(ends, default=None))
        self._changed()
        if soon and warn:  # `hub-agent doctor` says what to do
            log.warning("consents end soon", voices=soon)
