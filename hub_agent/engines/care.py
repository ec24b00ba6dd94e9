"""Loads engines off the loop and gives their memory back when nobody speaks for long."""

import asyncio
from collections.abc import Iterable

import structlog

from hub_agent.clock import Clock
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError

log = structlog.get_logger(__name__)

CHECK_EVERY_S = 30.0


class EngineCare:
    """Knows when each engine was last used. An unloaded engine loads itself when it speaks."""

    def __init__(self, engines: EngineRegistry, clock: Clock) -> None:
        self._engines = engines
        self._clock = clock
        self._used_at: dict[str, float] = {}
        self._missing: dict[str, HubAgentError] = {}

    async def load(self, name: str) -> None:
        """Make and warm an engine. Raises `HubAgentError`."""
        engine = self._engines.get(name)
        await asyncio.to_thread(engine.load)
        self.used(name)

    async def try_to_load(self, names: Iterable[str]) -> None:
        """Load those that can be had; the others are `missing`, which is logged once."""
        for name in names:
            before = self._missing.pop(name, None)
            try:
                await self.load(name)
            except HubAgentError as error:
                self._missing[name] = error
                if before is None or before.reason != error.reason:
                    log.warning("engine is not available", engine=name, reason=error.reason)

    def forget_missing(self) -> None:
        """Other engines are wanted from now on."""
        self._missing.clear()

    async def look_for_missing(self) -> None:
        """Try again what may have come back."""
        await self.try_to_load([name for name, error in self._missing.items() if error.retry])

    def missing(self) -> tuple[str, ...]:
        """The engines that could not be loaded when that was tried last."""
        return tuple(sorted(self._missing))

    def used(self, name: str) -> None:
        """Note that `name` speaks now."""
        self._used_at[name] = self._clock.monotonic()

    def loaded(self, name: str) -> bool:
        """Whether the engine holds memory, as far as is known here."""
        return name in self._used_at

    async def unload_idle(self, after_s: float) -> None:
        """Unload every engine that was not used for `after_s`; 0 keeps them for ever."""
        now = self._clock.monotonic()
        for engine in self._engines.made():
            used_at = self._used_at.get(engine.name, now)
            if after_s and now - used_at >= after_s:
                del self._used_at[engine.name]
                await asyncio.to_thread(engine.unload)
                log.info("engine unloaded", engine=engine.name)
