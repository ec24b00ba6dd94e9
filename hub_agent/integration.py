"""The seam between the core and the adapters: what each may ask of the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from pydantic import BaseModel

from hub_agent.announcement import Announcement, AnnouncementEvent
from hub_agent.clock import Clock
from voices.voice import Voice

Listener: TypeAlias = Callable[[AnnouncementEvent], None]
"""Called on the event loop with every step of every announcement; must return at once."""


class AgentPort(Protocol):
    """What an integration may ask of the agent. All calls on the event loop, none waits."""

    clock: Clock

    @property
    def agent_id(self) -> str:
        """The stable id of this agent, `[a-z0-9_]+`."""
        ...

    def submit(self, announcement: Announcement, *, origin: str) -> None:
        """Hand over an announcement; exactly one RESULT event with its id follows, always."""
        ...

    def reject(self, announcement_id: str, reason: str, *, origin: str) -> None:
        """Report input that never became an announcement: a RESULT event `rejected`."""
        ...

    def stop(self, *, rooms: Sequence[str] = (), announcement_id: str | None = None) -> int:
        """Silence rooms (empty: all) or one announcement; returns how many were ended."""
        ...

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Subscribe to events; the returned function unsubscribes."""
        ...

    def rooms(self) -> Sequence[str]:
        """Names of the rooms, in the order of the settings."""
        ...

    def voices(self) -> Sequence[Voice]:
        """Every voice that can be asked for."""
        ...

    def health(self) -> Mapping[str, Any]:
        """A small report without personal data: version, state, queue lengths, counts."""
        ...


class Integration(Protocol):
    """One running adapter."""

    async def run(self) -> None:
        """Work until cancelled; reconnecting is the integration's own matter.

        An error that leaves this coroutine is logged, and the agent starts it again after a
        pause, unless it is a `RefusedError` or `SettingsError`.
        """
        ...

    def ready(self) -> bool:
        """Whether the peer is connected now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationPlugin:
    """What the entry point `hub_agent.integrations` names: cheap to import.

    `settings` is the pydantic model of the section of the same name as the entry point; its
    field `enabled: bool` decides. `create` imports the heavy parts.
    """

    settings: type[BaseModel]
    create: Callable[[Any, AgentPort], Integration]
