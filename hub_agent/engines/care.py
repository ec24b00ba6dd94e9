"""Loads engines off the loop and gives their memory back when nobody speaks for long."""

import asyncio

import structlog

from hub_agent.clock import Clock
from hub_agent.engines.registry import EngineRegistry

log = structlog.get_logger(__name__)

CHECK_EVERY_S = 30.0


class EngineCare:
    """Knows when each engine was last used. An unloaded engine loads itself when it speaks."""

    def __init__(self, engines: EngineRegistry, clock: Clock) -> None:
        self._engines = engines
        self._clock = clock
        self._used_at: dict[str, float] = {}

    async def load(self, name: str) -> None:
        """Make and warm an engine. Raises `HubAgentError`."""
        engine = self._engines.get(name)
        await asyncio.to_thread(engine.load)
        self.used(name)

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
