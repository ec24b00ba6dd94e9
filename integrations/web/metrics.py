"""Numbers about the agent for Prometheus; labels carry no names of people, no text, no ids."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, Info
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from hub_agent import __version__
from hub_agent.announcement import AnnouncementEvent, EventType, Outcome

TTFA_BUCKETS_S = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 120)
"""Dense around what is heard as at once, sparse where announcements wait for each other."""

Health = Callable[[], Mapping[str, Any]]


class Metrics:
    """Counts what it hears of announcements and asks `health` for the rest when it is read."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, registry: CollectorRegistry, health: Health) -> None:
        self._registry = registry
        self._announcements = Counter(
            "hub_agent_announcements",
            "Announcements by how they ended",
            ["outcome"],
            registry=registry,
        )
        for outcome in Outcome:
            self._announcements.labels(outcome.value)
        self._ttfa = Histogram(
            "hub_agent_ttfa_seconds",
            "From acceptance to the first audible sample",
            buckets=TTFA_BUCKETS_S,
            registry=registry,
        )
        self._audio = Counter(
            "hub_agent_audio_seconds", "Audio that was spoken, in seconds", registry=registry
        )
        self._fallbacks = Counter(
            "hub_agent_engine_fallbacks",
            "Announcements that another engine went on with, by why the first one failed",
            ["reason"],
            registry=registry,
        )
        Info("hub_agent_build", "What runs here", registry=registry).info({"version": __version__})
        registry.register(_HealthCollector(health))

    def listen(self, event: AnnouncementEvent) -> None:
        """Take an event of an announcement; subscribe with `agent.listen(metrics.listen)`."""
        if event.type is not EventType.RESULT or event.result is None:
            return
        self._announcements.labels(event.result.outcome.value).inc()
        self._audio.inc(max(event.result.audio_s, 0.0))
        if event.result.engine_failed is not None:
            self._fallbacks.labels(event.result.engine_failed).inc()
        if event.result.ttfa_s is not None:
            self._ttfa.observe(event.result.ttfa_s)

    def render(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self._registry)


class _HealthCollector(Collector):
    """Turns the parts of a health report that are there into metrics."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        """See `Collector`."""
        health = self._health()
        rooms = health.get("rooms", {})
        yield _per_room("hub_agent_queue_length", "Announcements that wait", rooms, "waiting")
        underruns = CounterMetricFamily(
            "hub_agent_underruns", "Times a device ran dry while speaking", labels=["room"]
        )
        for room, report in rooms.items():
            underruns.add_metric([room], report.get("underruns", 0))
        yield underruns
        yield _flags("hub_agent_engine_loaded", "1: in memory", "engine", health.get("engines", {}))
        yield _flags(
            "hub_agent_integration_connected",
            "1: its peer is connected",
            "integration",
            health.get("integrations", {}),
        )

    def describe(self) -> Iterable[Metric]:
        """Nothing is known before the first report."""
        return ()


def _per_room(metric: str, text: str, rooms: Mapping[str, Any], key: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric, text, labels=["room"])
    for room, report in rooms.items():
        family.add_metric([room], report.get(key, 0))
    return family


def _flags(metric: str, text: str, label: str, states: Mapping[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric, text, labels=[label])
    for which, state in states.items():
        family.add_metric([which], float(bool(state)))
    return family
