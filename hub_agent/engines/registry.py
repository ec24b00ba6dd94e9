"""Finds engines by entry point and makes each once, when it is first asked for."""

from importlib.metadata import EntryPoint, entry_points

from hub_agent.engines.engine import Engine
from hub_agent.errors import EngineError, NotFoundError

ENTRY_POINT_GROUP = "hub_agent.engines"


class EngineRegistry:
    """Engines by name; made on first use, not loaded."""

    def __init__(self) -> None:
        self._entry_points: dict[str, EntryPoint] = {
            point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)
        }
        self._engines: dict[str, Engine] = {}

    def names(self) -> list[str]:
        """What can be asked for, sorted."""
        return sorted(self._entry_points | self._engines)

    def get(self, name: str) -> Engine:
        """The engine of that name. Raises `NotFoundError` or `EngineError`."""
        if name not in self._engines:
            self._engines[name] = self._make(name)
        return self._engines[name]

    def add(self, engine: Engine) -> None:
        """Register an engine that has no entry point."""
        self._engines[engine.name] = engine

    def made(self) -> list[Engine]:
        """The engines that were asked for so far."""
        return list(self._engines.values())

    def _make(self, name: str) -> Engine:
        if name not in self._entry_points:
            raise NotFoundError(
                f"there is no engine {name!r}", hint="hub-agent engines", reason="unknown_engine"
            )
        try:
            engine: Engine = self._entry_points[name].load()()
        except Exception as error:
            raise EngineError(f"engine {name!r} cannot be made: {type(error).__name__}") from error
        return engine
