"""Everything that is known after a run, from four independent witnesses."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.soak.resources import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What the tap saw between agent and broker."""

    connections: int = 0
    delivered: Mapping[str, int] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    """Ids whose delivery the agent acknowledged."""
    delivered_without_id: Mapping[bytes, int] = field(default_factory=dict)
    repeated_by_broker: int = 0
    results_acknowledged: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAccount:
    """What the agent says itself: its log line by line, its metrics, its state at the end."""

    alive: bool = True
    results: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Own results per id by outcome, from the log."""
    duplicates: int = 0
    metrics: Mapping[str, int] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    """Log lines that tell of an unhandled exception."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Announcements still waiting, by room, in the last health report."""
    open_announcements: int = 0
    events_dropped: int = 0
    probes: Mapping[str, float | None] = field(default_factory=dict)
    """Seconds to `spoken` in each room at the end; None when it was not spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the process held when it was idle before and after, and how it grew in between."""

    before: Sample
    after: Sample
    growth_mib: float
    course_mib: tuple[float, ...] = ()
    """Memory during the run, at about a hundred equal distances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The orders, and what each witness says became of them."""

    ids: frozenset[str]
    """Ids that must have exactly one result."""
    acknowledged: frozenset[str]
    """Of these, acknowledged by the broker to the publisher."""
    unsafe: int
    """Orders that could not be made safe at the end."""
    sent_again: Mapping[str, int]
    orders_without_id: int
    wire: Wire
    agent: AgentAccount
    observed: Mapping[str, Mapping[str, int]]
    """Own results per id by outcome, as a subscriber received them."""
    memory: Memory
    kills: tuple[float, ...]
    prefix: str

    def results_without_id(self) -> int:
        """Results under ids that the agent made up."""
        return sum(
            sum(outcomes.values())
            for each, outcomes in self.agent.results.items()
            if not each.startswith(self.prefix)
        )

    def outcomes(self) -> Counter[str]:
        """How the ordered announcements ended, by the agent's log."""
        total: Counter[str] = Counter()
        for each, outcomes in self.agent.results.items():
            if each in self.ids:
                total.update(outcomes)
        return total
