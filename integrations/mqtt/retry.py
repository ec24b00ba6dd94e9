"""When to try the broker again, in which protocol version, and what to say about it. No I/O."""

import structlog

from hub_agent.backoff import Backoff, spread
from hub_agent.errors import BrokerError, HubAgentError, RefusedError
from integrations.mqtt.settings import ProtocolName, ReconnectSettings

HEALTHY_S = 10.0
"""A connection that lasted this long was a good one: the next wait is the shortest again."""

log = structlog.get_logger(__name__)


class ReconnectPauses:
    """Pauses between connection attempts: growing ones, and long ones after a refusal."""

    def __init__(self, settings: ReconnectSettings) -> None:
        self._refused_s = settings.refused_s
        self._backoff = Backoff(settings.min_s, settings.max_s)

    def next_s(self, fault: HubAgentError, lasted_s: float) -> float:
        """How long to wait after `fault` ended a connection that lasted `lasted_s`."""
        if isinstance(fault, RefusedError):
            return spread(self._refused_s)
        if lasted_s >= HEALTHY_S:
            self._backoff.reset()
        return self._backoff.next_s()


class ProtocolChoice:
    """The protocol version of the next attempt: as set, or 5 until a broker does not take it.

    A broker that refuses 5 in so many words is believed. One that is merely silent is tried with
    both, and with 5 again on the next occasion.
    """

    def __init__(self, wish: ProtocolName) -> None:
        self._automatic = wish == "auto"
        self._is_5 = wish != "3.1.1"
        self._certain = False
        self._other_failed = False

    @property
    def is_5(self) -> bool:
        """Whether the next attempt speaks MQTT 5, else 3.1.1."""
        return self._is_5

    def worked(self) -> None:
        """The broker took this version."""
        self._other_failed = False

    def lost(self) -> None:
        """A connection that had worked is gone."""
        if self._automatic and not self._certain:
            self._is_5 = True

    def failed(self, *, certain: bool) -> bool:
        """The broker did not take this version; True if another one is worth a try at once."""
        if not self._automatic:
            return False
        self._certain = certain and self._is_5
        self._is_5 = not self._is_5
        at_once, self._other_failed = not self._other_failed, True
        return at_once


class OutageLog:
    """Says once that the broker is lost or refuses us, once that it is back, nothing between."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._said: set[str] = set()
        self._lost_at: float | None = None

    def lost(self, fault: BrokerError | RefusedError, now: float) -> None:
        """Another failure; each kind is said once per outage."""
        if self._lost_at is None:
            self._lost_at = now
        if fault.reason in self._said:
            return
        self._said.add(fault.reason)
        say = log.error if isinstance(fault, RefusedError) else log.warning
        say("broker lost", broker=self._broker, why=str(fault), hint=fault.hint)

    def connected(self, now: float, protocol: str) -> None:
        """Connected, for the first time or again."""
        if self._lost_at is None:
            log.info("broker connected", broker=self._broker, protocol=protocol)
        else:
            away_s = round(now - self._lost_at, 1)
            log.info("broker back", broker=self._broker, protocol=protocol, away_s=away_s)
        self._lost_at = None
        self._said.clear()
