"""The integrations of a running agent: found by entry point, started, watched, restarted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import entry_points
from typing import Final

import structlog
from pydantic import BaseModel

from hub_agent.errors import SettingsError
from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from hub_agent.settings.settings import Settings
from hub_agent.tasks import supervise

log = structlog.get_logger(__name__)

ENTRY_POINT_GROUP: Final = "hub_agent.integrations"
STOP_TIMEOUT_S: Final = 1.5
"""What an integration may take to say goodbye to its peer."""


class Adapters:
    """Runs the enabled integrations as tasks of `group`."""

    def __init__(self, agent: AgentPort, group: asyncio.TaskGroup) -> None:
        self._agent = agent
        self._group = group
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._withdrawing: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, Integration] = {}

    def start(self, settings: Settings, names: Iterable[str] | None = None) -> None:
        """Start what `settings` enable, withdraw what they do not; or of it only `names`."""
        for name, section in settings.integrations.items():
            if names is not None and name not in names:
                continue
            if getattr(section, "enabled", True):
                self._tasks[name] = self._begin(name, self._run_once, section)
            else:
                self._withdrawing[name] = self._begin(name, self._withdraw, section)

    async def stop(self, names: Iterable[str] | None = None) -> None:
        """Stop all, or `names`; returns when they are gone or `STOP_TIMEOUT_S` has passed."""
        tasks = {
            group.pop(name)
            for group in (self._tasks, self._withdrawing)
            for name in tuple(group)
            if names is None or name in names
        }
        for task in tasks:
            task.cancel()
        if tasks:
            _, stubborn = await asyncio.wait(tasks, timeout=STOP_TIMEOUT_S)
            for task in stubborn:
                log.error("integration does not stop", part=task.get_name())

    def states(self) -> Mapping[str, bool]:
        """Whether each enabled integration is connected now."""
        return {name: self._is_ready(name) for name in self._tasks}

    def _is_ready(self, name: str) -> bool:
        running = self._running.get(name)
        return running is not None and running.ready()

    def _begin(
        self, name: str, work: Callable[[str, BaseModel], Awaitable[None]], section: BaseModel
    ) -> asyncio.Task[None]:
        part = f"integration.{name}"
        kept_alive = supervise(part, partial(work, name, section), clock=self._agent.clock)
        return self._group.create_task(kept_alive, name=part)

    async def _run_once(self, name: str, section: BaseModel) -> None:
        plugin = _plugin(name)
        integration = await asyncio.to_thread(plugin.create, section, self._agent)
        self._running[name] = integration
        try:
            await integration.run()
        finally:
            del self._running[name]

    async def _withdraw(self, name: str, section: BaseModel) -> None:
        withdraw = _plugin(name).withdraw
        if withdraw is not None:
            integration = await asyncio.to_thread(withdraw, section, self._agent)
            await integration.run()


def _plugin(name: str) -> IntegrationPlugin:
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        plugin: IntegrationPlugin = point.load()
        return plugin
    raise SettingsError(
        f"there is no integration {name!r}", hint="hub-agent config check", reason="no_integration"
    )
