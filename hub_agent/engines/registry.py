"""Finds engines by entry point and makes each once, when it is first asked for."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from hub_agent.engines.engine import Engine
from hub_agent.engines.home import EngineHome
from hub_agent.errors import EngineError, HubAgentError, NotFoundError
from hub_agent.settings.base import Section

ENTRY_POINT_GROUP: Final = "hub_agent.engines"
"""Each names a callable that takes an `EngineHome` and returns an `Engine` of that name."""


class EngineRegistry:
    """Engines by name; made on first use, not loaded."""

    def __init__(self, home: EngineHome) -> None:
        self._home = home
        self._entry_points: dict[str, EntryPoint] = {
            point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)
        }
        self._engines: dict[str, Engine] = {}

    def names(self) -> list[str]:
        """What can be asked for, sorted."""
        return sorted(self._entry_points | self._engines)

    def get(self, name: str) -> Engine:
        """The engine of that name.

        Raises `NotFoundError`, also for one that is not set up, or `EngineError`.
        """
        if name not in self._engines:
            self._engines[name] = self._make(name)
        return self._engines[name]

    def add(self, engine: Engine) -> None:
        """Register an engine that has no entry point."""
        self._engines[engine.name] = engine

    def made(self) -> list[Engine]:
        """The engines that were asked for so far."""
        return list(self._engines.values())

    def move(self, home: EngineHome) -> None:
        """Make engines in `home` from now on, and those anew whose own settings differ there."""
        before, self._home = self._home, home
        for name in tuple(self._engines):
            if _section(before, name) != _section(home, name):
                del self._engines[name]

    def _make(self, name: str) -> Engine:
        if name not in self._entry_points:
            raise NotFoundError(
                f"there is no engine {name!r}", hint="hub-agent engines", reason="unknown_engine"
            )
        try:
            engine: Engine = self._entry_points[name].load()(self._home)
        except HubAgentError:
            raise
        except Exception as error:
            raise EngineError(f"engine {name!r} cannot be made: {type(error).__name__}") from error
        return engine


def _section(home: EngineHome, name: str) -> Section | None:
    """An engine's own settings bear its name."""
    section: Section | None = getattr(home.settings, name, None)
    return section
