"""What the household turns by message."""

from typing import Any

import pytest
import structlog

from integrations.mqtt.hermes import AwaitedAnswers
from integrations.mqtt.intake import Incoming, Intake
from integrations.mqtt.settings import MqttSettings
from tests.fakes.turned_agent import BRITISH, ENGLISH, GRANDMA, TurnedAgent, voice


class Knobs:
    """An intake, and the agent that it turns."""

    def __init__(self, **agent: Any) -> None:
        self.agent = TurnedAgent(**agent)
        self.intake = Intake(MqttSettings(), self.agent, AwaitedAnswers())

    def turn(self, what: str, payload: str | bytes, **more: Any) -> None:
        body = payload.encode() if isinstance(payload, str) else payload
        self.intake.take(Incoming(topic=f"hub_agent/{what}/set", payload=body, **more))

    def refusal(self, what: str, payload: str | bytes) -> str:
        """Why a payload is refused; nothing may have changed."""
        before = self.agent.preferred
        with structlog.testing.capture_logs() as logs:
            self.turn(what, payload)
        assert self.agent.preferred == before
        assert self.intake.counts.rejected == 1
        assert self.intake.counts.preferences == 0
        reason: str = logs[0]["reason"]
        return reason


@pytest.mark.parametrize(("payload", "volume"), [("0", 0), ("100", 100), (" 40\n", 40), ("7.0", 7)])
def test_volume_is_turned(payload: str, volume: int) -> None:
    knobs = Knobs()
    knobs.turn("volume", payload)
    assert knobs.agent.preferred.volume == volume
    assert knobs.intake.counts.preferences == 1


@pytest.mark.parametrize("payload", ["", "loud", "-1", "101", "nan", "inf", "{}", b"\xff"])
def test_a_volume_that_is_none_changes_nothing(payload: str | bytes) -> None:
    assert Knobs().refusal("volume", payload) in {"bad_volume", "bad_utf8"}


@pytest.mark.parametrize(
    ("payload", "quiet"),
    [("ON", True), ("true", True), ("1", True), ("off", False), ("False", False), ("0", False)],
)
def test_quiet_is_switched(payload: str, quiet: bool) -> None:
    knobs = Knobs()
    knobs.turn("quiet", "0" if quiet else "1")
    knobs.turn("quiet", payload)
    assert knobs.agent.preferred.quiet is quiet


@pytest.mark.parametrize("payload", ["", "2", "yes please", "{}"])
def test_a_quiet_that_is_none_changes_nothing(payload: str) -> None:
    assert Knobs().refusal("quiet", payload) == "bad_quiet"


@pytest.mark.parametrize(
    ("payload", "chosen"),
    [("grandma", "grandma"), ("GRANDMA", "grandma"), ("English (Great Britain)", "en-gb")],
)
def test_a_voice_is_chosen_by_id_or_name(payload: str, chosen: str) -> None:
    knobs = Knobs()
    knobs.turn("voice", payload)
    assert knobs.agent.preferred.voice == chosen


@pytest.mark.parametrize("payload", ["", "default", "Default "])
def test_the_settings_voice_is_chosen_again(payload: str) -> None:
    knobs = Knobs()
    knobs.turn("voice", "grandma")
    knobs.turn("voice", payload)
    assert knobs.agent.preferred.voice is None


def test_a_voice_that_is_not_there_changes_nothing() -> None:
    assert Knobs().refusal("voice", "Nobody") == "unknown_voice"
    assert Knobs().refusal("voice", "x" * 65) == "bad_voice"
    assert Knobs().refusal("voice", "a\x07") == "bad_voice"


def test_a_name_that_two_voices_have_is_refused_but_their_ids_are_not() -> None:
    other = voice("Grandma", id="grandma_2")
    knobs = Knobs(voices=(GRANDMA, other, ENGLISH, BRITISH))
    assert knobs.refusal("voice", "GRANDMA") == "ambiguous"
    knobs.turn("voice", "grandma_2")
    assert knobs.agent.preferred.voice == "grandma_2"


def test_a_preference_leaves_the_others_as_they_are() -> None:
    knobs = Knobs()
    knobs.turn("volume", "30")
    knobs.turn("voice", "grandma")
    knobs.turn("quiet", "ON")
    preferred = knobs.agent.preferred
    assert (preferred.volume, preferred.voice, preferred.quiet) == (30, "grandma", True)


def test_no_name_is_logged_when_a_voice_is_refused() -> None:
    with structlog.testing.capture_logs() as logs:
        Knobs().turn("voice", "Aunt Mathilda")
    assert "Mathilda" not in str(logs)


def test_retained_preferences_are_ignored() -> None:
    knobs = Knobs()
    knobs.turn("volume", "3", retained=True)
    assert knobs.agent.preferred.volume == 100
