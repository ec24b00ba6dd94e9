"""Greetings that are turned by message."""

from datetime import UTC, datetime, time

import pytest
import structlog

from hub_agent.greetings.greeting import Greeting
from integrations.mqtt.hermes import AwaitedAnswers
from integrations.mqtt.intake import Incoming, Intake
from integrations.mqtt.settings import MqttSettings
from tests.fakes.turned_agent import TurnedAgent

MORNING = Greeting(
    name="morning", time=time(7), enabled=True, next=datetime(2026, 11, 22, 7, tzinfo=UTC)
)


class Knobs:
    """An intake, and an agent with one greeting."""

    def __init__(self) -> None:
        self.agent = TurnedAgent()
        self.agent.known_greetings.append(MORNING)
        self.intake = Intake(MqttSettings(), self.agent, AwaitedAnswers())

    def turn(self, payload: str, *, topic: str = "hub_agent/greetings/morning/set") -> Greeting:
        self.intake.take(Incoming(topic=topic, payload=payload.encode()))
        return self.agent.known_greetings[0]


@pytest.mark.parametrize("payload", ["06:45", " 06:45\n", "06:45:00"])
def test_the_time_of_a_greeting_is_turned(payload: str) -> None:
    knobs = Knobs()
    assert knobs.turn(payload).time == time(6, 45)
    assert knobs.intake.counts.preferences == 1


def test_a_greeting_is_switched() -> None:
    knobs = Knobs()
    assert not knobs.turn("OFF").enabled
    assert knobs.turn("ON").enabled
    assert knobs.turn("ON").time == MORNING.time


@pytest.mark.parametrize("payload", ["", "24:00", "6:45", "06:60", "06:45:00Z", "soon", "0645"])
def test_what_is_no_time_changes_nothing(payload: str) -> None:
    knobs = Knobs()
    with structlog.testing.capture_logs() as logs:
        assert knobs.turn(payload) == MORNING
    assert (knobs.intake.counts.rejected, logs[0]["reason"]) == (1, "bad_time")


def test_a_greeting_that_is_not_there_is_refused() -> None:
    knobs = Knobs()
    with structlog.testing.capture_logs() as logs:
        knobs.turn("06:45", topic="hub_agent/greetings/evening/set")
    assert logs[0]["reason"] == "unknown_greeting"


@pytest.mark.parametrize("topic", ["hub_agent/greetings/a/b/set", "hub_agent/greetings/set", "x"])
def test_other_topics_are_not_greetings(topic: str) -> None:
    knobs = Knobs()
    assert knobs.turn("06:45", topic=topic) == MORNING
    assert knobs.intake.counts.not_for_us == 1
