"""The integrations that are installed, found by entry point."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from hub_agent.errors import NotFoundError
from hub_agent.integration import IntegrationPlugin

GROUP = "hub_agent.integrations"


class Plugins(Protocol):
    """Where integrations come from."""

    def names(self) -> Sequence[str]:
        """Every name that may be a section of the settings."""
        ...

    def load(self, name: str) -> IntegrationPlugin:
        """The plugin of a name, or `NotFoundError` when it cannot be imported."""
        ...


class InstalledPlugins:
    """Integrations of every installed distribution; looked up once, when first asked for."""

    def __init__(self) -> None:
        self._found: dict[str, EntryPoint] | None = None

    def names(self) -> Sequence[str]:
        """See `Plugins.names`."""
        return sorted(self._points())

    def load(self, name: str) -> IntegrationPlugin:
        """See `Plugins.load`."""
        point = self._points().get(name)
        if point is None:
            raise NotFoundError("no such integration is installed")
        try:
            plugin = point.load()
        except (ImportError, AttributeError) as error:
            raise NotFoundError(f"cannot be loaded ({type(error).__name__})") from error
        if not isinstance(plugin, IntegrationPlugin):
            raise NotFoundError("is no integration")
        return plugin

    def _points(self) -> dict[str, EntryPoint]:
        if self._found is None:
            self._found = {point.name: point for point in entry_points(group=GROUP)}
        return self._found
