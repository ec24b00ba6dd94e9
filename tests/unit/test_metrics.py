"""Metrics."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, EventType, Outcome
from integrations.web.metrics import Metrics

HEALTH: dict[str, Any] = {
    "rooms": {"kitchen": {"waiting": 3, "underruns": 2}},
    "engines": {"embedded": True, "piper": False},
    "integrations": {"mqtt": False},
}


def result_event(outcome: Outcome, **fields: Any) -> AnnouncementEvent:
    result = AnnouncementResult(id="1", outcome=outcome, **fields)
    return AnnouncementEvent(type=EventType.RESULT, id="1", origin="mqtt", result=result)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics(registry, lambda: HEALTH)


def test_every_outcome_is_there_before_it_happens(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    assert metrics.render()
    for outcome in Outcome:
        labels = {"outcome": outcome.value}
        assert registry.get_sample_value("hub_agent_announcements_total", labels) == 0


def test_results_are_counted(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.listen(result_event(Outcome.SPOKEN, ttfa_s=0.04, audio_s=2.5))
    metrics.listen(result_event(Outcome.REFUSED))
    value = registry.get_sample_value
    assert value("hub_agent_announcements_total", {"outcome": "spoken"}) == 1
    assert value("hub_agent_announcements_total", {"outcome": "refused"}) == 1
    assert value("hub_agent_audio_seconds_total") == 2.5
    assert value("hub_agent_ttfa_seconds_count") == 1
    assert value("hub_agent_ttfa_seconds_bucket", {"le": "0.05"}) == 1
    assert value("hub_agent_ttfa_seconds_bucket", {"le": "0.03"}) == 0


def test_steps_on_the_way_are_not_counted(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.listen(AnnouncementEvent(type=EventType.QUEUED, id="1", origin="mqtt"))
    labels = {"outcome": "spoken"}
    assert registry.get_sample_value("hub_agent_announcements_total", labels) == 0


def test_health_is_asked_for_when_metrics_are_read(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    value = registry.get_sample_value
    assert value("hub_agent_queue_length", {"room": "kitchen"}) == 3
    assert value("hub_agent_underruns_total", {"room": "kitchen"}) == 2
    assert value("hub_agent_engine_loaded", {"engine": "embedded"}) == 1
    assert value("hub_agent_engine_loaded", {"engine": "piper"}) == 0
    assert value("hub_agent_integration_connected", {"integration": "mqtt"}) == 0
    assert b"hub_agent_build_info" in metrics.render()


def test_report_without_anything_renders(registry: CollectorRegistry) -> None:
    assert b"hub_agent_announcements_total" in Metrics(registry, dict).render()


def test_announcements_another_engine_went_on_with_are_counted_by_reason(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    metrics.listen(result_event(Outcome.SPOKEN, engine_failed="server_slow"))
    metrics.listen(result_event(Outcome.SPOKEN))
    labels = {"reason": "server_slow"}
    assert registry.get_sample_value("hub_agent_engine_fallbacks_total", labels) == 1
