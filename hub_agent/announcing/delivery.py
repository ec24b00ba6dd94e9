"""An announcement on its way to one room, and what came of it."""

from dataclasses import dataclass

from hub_agent.announcement import Announcement, Outcome
from hub_agent.errors import HubAgentError
from hub_agent.voicing.speech_source import SpeechSource
from voices.errors import ConsentRefusedError, VaultLockedError, VoicesError


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """The part of an announcement that concerns one room; changed only by who holds it.

    Times are of the injected clock's `monotonic`. `skip` counts segments already heard before an
    interruption; `turns` how often it has started. `voice_refused` says why `source` is not the
    voice that was asked for.
    """

    announcement: Announcement
    source: SpeechSource
    language: str
    accepted_at: float
    room: str
    voice_refused: str | None = None
    order: int = 0
    skip: int = 0
    turns: int = 0
    started_at: float | None = None
    ttfa_s: float | None = None
    audio_s: float = 0.0
    synthesis_s: float = 0.0

    @property
    def expires_at(self) -> float | None:
        """When it is no longer worth saying, None for never."""
        expires_s = self.announcement.expires_s
        return None if expires_s is None else self.accepted_at + expires_s

    def expired(self, now: float) -> bool:
        """Whether it is too late to start."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Ending:
    """How a delivery ended; `reason` is a stable word when it was not simply spoken."""

    outcome: Outcome
    reason: str | None = None


def ending_of(error: HubAgentError | VoicesError) -> Ending:
    """What an announcement that could not begin, or not go on, ended as."""
    match error:
        case ConsentRefusedError() | VaultLockedError():
            return Ending(Outcome.REFUSED, error.reason)
        case VoicesError():
            return Ending(Outcome.FAILED, error.reason)
        case _:
            return Ending(Outcome.REJECTED, error.reason)
