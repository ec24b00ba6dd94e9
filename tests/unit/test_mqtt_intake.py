import json
from typing import Any

import pytest
import structlog

from hub_agent.errors import NotFoundError
from integrations.mqtt.hermes import AwaitedAnswers
from integrations.mqtt.intake import Incoming, Intake
from integrations.mqtt.settings import MqttSettings
from tests.fakes.agent_port import ScriptedAgentPort

SPEAK = "hub_agent/speak"


class Desk:
    """An intake with everything enabled, and the agent behind it."""

    def __init__(self, **settings: Any) -> None:
        chosen = {"hermes": {"enabled": True}, "wallpanel": {"enabled": True}} | settings
        self.agent = ScriptedAgentPort(rooms=("home", "hall"))
        self.awaited = AwaitedAnswers()
        self.intake = Intake(MqttSettings.model_validate(chosen), self.agent, self.awaited)

    def take(self, topic: str, payload: bytes | dict[str, Any], **more: Any) -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.intake.take(Incoming(topic=topic, payload=body, **more))

    @property
    def texts(self) -> list[str]:
        return [announcement.text for announcement in self.agent.submitted]

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason in self.agent.rejected]


def test_retained_messages_are_ignored_on_every_topic() -> None:
    desk = Desk()
    for topic in desk.intake.topics():
        desk.take(topic, b"hello", retained=True)
    assert (desk.agent.submitted, desk.agent.rejected, desk.agent.stopped) == ([], [], [])
    assert desk.intake.counts.retained_ignored == len(desk.intake.topics())


def test_a_topic_that_was_not_asked_for_is_ignored() -> None:
    desk = Desk(hermes={"enabled": False})
    desk.take("hermes/tts/say", {"text": "hello"})
    assert desk.texts == []
    assert desk.intake.counts.not_for_us == 1


def test_a_redelivery_of_an_id_already_taken_is_ignored() -> None:
    desk = Desk()
    desk.take(SPEAK, {"id": "a", "text": "hello"}, packet_id=1)
    desk.take(SPEAK, {"id": "a", "text": "hello"}, packet_id=2, redelivered=True)
    assert desk.texts == ["hello"]
    assert desk.intake.counts.redelivered_ignored == 1


def test_a_redelivery_of_a_plain_text_already_taken_is_ignored() -> None:
    desk = Desk()
    desk.take(SPEAK, b"hello", packet_id=1)
    desk.take(SPEAK, b"hello", packet_id=1, redelivered=True)
    assert desk.texts == ["hello"]


def test_a_redelivery_that_never_came_through_is_spoken() -> None:
    desk = Desk()
    desk.take(SPEAK, b"hello", packet_id=1)
    desk.take(SPEAK, b"hello", packet_id=2, redelivered=True)
    desk.take(SPEAK, b"other", packet_id=1, redelivered=True)
    assert desk.texts == ["hello", "hello", "other"]


def test_the_same_text_twice_is_spoken_twice() -> None:
    desk = Desk()
    desk.take(SPEAK, b"hello", packet_id=1)
    desk.take(SPEAK, b"hello", packet_id=1)
    assert desk.texts == ["hello", "hello"]


def test_a_repeated_id_without_the_redelivery_flag_is_the_agents_matter() -> None:
    desk = Desk()
    for packet_id in (1, 2):
        desk.take(SPEAK, {"id": "a", "text": "hello"}, packet_id=packet_id)
    assert len(desk.agent.submitted) == 2


def test_a_redelivered_refusal_is_not_answered_twice() -> None:
    desk = Desk()
    for redelivered in (False, True):
        desk.take(SPEAK, b"{", packet_id=1, redelivered=redelivered)
    assert desk.reasons == ["bad_json"]


@pytest.mark.parametrize(
    ("own", "of_message", "meant"), [(None, None, None), (5, 60.0, 5), (60, 5.0, 5), (None, 7.0, 7)]
)
def test_the_sooner_expiry_counts(
    own: float | None, of_message: float | None, meant: float | None
) -> None:
    desk = Desk()
    desk.take(SPEAK, {"text": "hello", "expires_s": own}, expires_s=of_message)
    assert desk.agent.submitted[0].expires_s == meant


def test_a_message_over_the_limit_is_refused_unread() -> None:
    desk = Desk(max_payload_bytes=256)
    for topic in (SPEAK, "hermes/tts/say", "wallpanel/hub_agent/command"):
        desk.take(topic, b"{" * 257)
    assert desk.reasons == ["too_large"] * 3


def test_a_refusal_answers_to_the_senders_id() -> None:
    desk = Desk()
    desk.take(SPEAK, {"id": "a", "text": "hello", "volume": 500})
    assert desk.agent.rejected == [("a", "bad_volume")]


def test_stop_reaches_the_agent() -> None:
    desk = Desk()
    desk.take("hub_agent/stop", {"rooms": ["hall"], "id": "a"})
    desk.take("hub_agent/stop", b"\xff")
    assert desk.agent.stopped == [(("hall",), "a")]
    assert desk.intake.counts.stops == 1


def test_hermes_for_other_sites_is_not_ours() -> None:
    desk = Desk(hermes={"enabled": True, "site_ids": ["hall"]})
    desk.take("hermes/tts/say", {"text": "no", "siteId": "garage"})
    desk.take("hermes/tts/say", {"text": "no"})
    desk.take("hermes/tts/say", {"text": "yes", "siteId": "hall"})
    assert desk.texts == ["yes"]
    assert desk.agent.submitted[0].targets == ("hall",)


def test_a_refused_hermes_request_is_answered_all_the_same() -> None:
    desk = Desk()
    desk.take("hermes/tts/say", {"id": "h", "text": ""})
    assert desk.agent.rejected == [("h", "empty_text")]
    assert desk.awaited.pop("h") is not None


def test_broken_hermes_and_wall_panel_messages_are_refused() -> None:
    desk = Desk()
    desk.take("hermes/tts/say", b"hello")
    desk.take("wallpanel/hub_agent/command", b"hello")
    desk.take("wallpanel/hub_agent/command", {"wake": True})
    desk.take("wallpanel/hub_agent/command", {"speak": "hello"})
    assert desk.reasons == ["bad_json", "bad_json"]
    assert desk.texts == ["hello"]


def test_a_stop_for_a_room_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_room(**_: object) -> int:
        raise NotFoundError("there is no room of that name", reason="unknown_room")

    desk = Desk()
    monkeypatch.setattr(desk.agent, "stop", no_such_room)
    desk.take("hub_agent/stop", b"cellar")
    counts = desk.intake.counts
    assert (counts.rejected, counts.stops, counts.broken_handler) == (1, 0, 0)


def test_a_broken_agent_does_not_stop_the_intake() -> None:
    desk = Desk()
    desk.agent.broken = True
    desk.take(SPEAK, b"hello")
    desk.agent.broken = False
    desk.take(SPEAK, b"again")
    assert desk.texts == ["again"]
    assert desk.intake.counts.broken_handler == 1


def test_the_log_never_holds_what_was_sent() -> None:
    desk = Desk()
    with structlog.testing.capture_logs() as logs:
        desk.take(SPEAK, {"id": "a", "text": "hunter2", "volume": "hunter2"})
        desk.take(SPEAK, {"id": "b", "text": "hunter2"})
        desk.take("hub_agent/stop", b'{"hunter2!": 1}')
        desk.agent.broken = True
        desk.take(SPEAK, b"hunter2")
    assert len(logs) == 3
    assert "hunter2" not in str(logs)


def test_everything_is_handed_over_as_coming_from_mqtt() -> None:
    desk = Desk()
    desk.take(SPEAK, b"hello")
    desk.take(SPEAK, b"{")
    assert desk.agent.origins == {"mqtt"}
