"""The seam between the core and the adapters: what each may ask of the other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from pydantic import BaseModel

from hub_agent.announcement import Announcement, AnnouncementEvent, AnnouncementResult
from hub_agent.clock import Clock
from voices.purpose import Purpose
from voices.voice import Voice

if TYPE_CHECKING:
    from datetime import time

    from hub_agent.access import Access
    from hub_agent.exchange import Exchange
    from hub_agent.greetings.greeting import Greeting
    from hub_agent.preferences import Preferences
    from hub_agent.sinks.sink import Sink
    from hub_agent.state import AgentState

Listener: TypeAlias = Callable[[AnnouncementEvent], None]
"""Called on the event loop with every step of every announcement; must return at once."""


class AgentPort(Protocol):
    """What an integration may ask of the agent, on the event loop; only coroutines wait."""

    clock: Clock
    exchange: "Exchange"
    access: "Access"

    @property
    def agent_id(self) -> str:
        """The stable id of this agent, `[a-z0-9_]+`; the same in every home unless changed."""
        ...

    @property
    def hub_id(self) -> str:
        """32 random hex digits that tell this hub from all others, as long as its data lives."""
        ...

    def submit(self, announcement: Announcement, *, origin: str) -> None:
        """Hand over an announcement; exactly one RESULT event with its id follows, always."""
        ...

    async def say(self, announcement: Announcement, *, origin: str) -> AnnouncementResult:
        """Submit, and wait for the result; cancelling ends only the waiting."""
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

    def default_room(self) -> str:
        """Where announcements without a target go."""
        ...

    def voices(self) -> Sequence[Voice]:
        """Every voice that can be asked for."""
        ...

    def voices_for(self, purpose: Purpose, *, origin: str) -> Sequence[Voice]:
        """Those of `voices` that may speak for `purpose` now, when `origin` asks."""
        ...

    async def say_to(
        self,
        announcement: Announcement,
        sink: "Sink",
        *,
        origin: str,
        pieces: Iterable[str] | None = None,
    ) -> AnnouncementResult:
        """Speak into the caller's own sink, beside the rooms and their queues.

        `pieces` replaces the announcement's text by one that is still growing; it is read in a
        worker thread and may block. Cancelling cuts the sound and still counts as a result.
        """
        ...

    def sample_rate_of(self, announcement: Announcement) -> int:
        """The rate at which its voice needs no resampling (Hz)."""
        ...

    def preferences(self) -> "Preferences":
        """What the household has turned."""
        ...

    def prefer(self, preferences: "Preferences") -> None:
        """Turn it; kept over restarts. Raises `NotFoundError` for a voice that is not there."""
        ...

    def greetings(self) -> "Sequence[Greeting]":
        """What is said at a time of day, in the order of the settings."""
        ...

    def set_greeting(
        self, name: str, *, time: "time | None" = None, enabled: bool | None = None
    ) -> None:
        """Change what is given; kept over restarts. Raises `NotFoundError`."""
        ...

    def greet(self, name: str, *, announcement_id: str) -> None:
        """Say a greeting now; one RESULT event with that id follows. Raises `NotFoundError`."""
        ...

    def state(self) -> "AgentState":
        """How things are now."""
        ...

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be called when rooms, voices, settings, preferences or greetings may have changed.

        Announcements are told to `listen`. The returned function ends that.
        """
        ...

    def ready(self) -> bool:
        """Whether announcements are spoken and every enabled integration is connected."""
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
    field `enabled: bool` decides. `create` imports the heavy parts. One that is
    `on_without_section` runs with its defaults where the settings do not mention it. `withdraw`
    makes what runs instead where the section is switched off: it takes back what earlier runs
    left with others, and returns.
    """

    settings: type[BaseModel]
    create: Callable[[Any, AgentPort], Integration]
    on_without_section: bool = False
    withdraw: Callable[[Any, AgentPort], Integration] | None = None
