"""Whatever comes in: an announcement within its bounds, or one typed reason."""

import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub_agent.announcement import MAX_TARGETS, MAX_TEXT_CHARS, Announcement, Priority
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.messages.reading import StopRequest
from integrations.mqtt.codec import REASONS, parse_speak, parse_stop
from integrations.mqtt.hermes import AwaitedAnswers
from integrations.mqtt.intake import Incoming, Intake
from integrations.mqtt.settings import MqttSettings
from tests.fakes.agent_port import ScriptedAgentPort

EXAMPLES = int(os.environ.get("HUB_AGENT_FUZZ_EXAMPLES", "60"))
KEYS = [
    "id",
    "text",
    "message",
    "speak",
    "voice",
    "language",
    "lang",
    "engine",
    "targets",
    "target",
    "siteId",
    "priority",
    "volume",
    "chime",
    "expires_s",
    "interrupt",
    "dedupe_key",
    "cool_down_s",
    "audible_label",
    "rooms",
    "sessionId",
    "other",
]

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON_VALUES).map(json.dumps)
PAYLOADS = (
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | OBJECTS.map(str.encode)
    | OBJECTS.map(lambda text: text.encode()[:-1])
    | st.binary().map(lambda tail: b"{" + tail)
)
TOPICS = st.sampled_from(
    [
        "hub_agent/speak",
        "hub_agent/stop",
        "hub_agent/voice/set",
        "hub_agent/volume/set",
        "hub_agent/quiet/set",
        "hub_agent/greetings/morning/set",
        "hermes/tts/say",
        "wallpanel/hub_agent/command",
        "else",
    ]
)
ENABLED = MqttSettings.model_validate(
    {"hermes": {"enabled": True}, "wallpanel": {"enabled": True}, "max_payload_bytes": 256}
)


Parsed = TypeVar("Parsed")


def outcome_of(parse: Callable[[bytes], Parsed], payload: bytes) -> Parsed | str:
    try:
        return parse(payload)
    except InvalidAnnouncementError as error:
        return error.reason


def assert_bounded(announcement: Announcement) -> None:
    assert 0 < len(announcement.text) <= MAX_TEXT_CHARS
    announcement.text.encode()
    assert 0 < len(announcement.id) <= 64
    assert len(announcement.targets) <= MAX_TARGETS
    assert announcement.priority in Priority
    assert announcement.volume is None or 0 <= announcement.volume <= 100
    assert announcement.expires_s is None or announcement.expires_s > 0
    assert announcement.cool_down_s is None or announcement.cool_down_s >= 0


@settings(max_examples=EXAMPLES, deadline=None)
@given(PAYLOADS)
@example(b"[" * 100_000)
@example(b'{"a":' * 50_000)
@example(b'{"text": "' + b"\\ud83d" + b'"}')
def test_any_payload_is_an_announcement_or_a_typed_reason(payload: bytes) -> None:
    outcome = outcome_of(parse_speak, payload)
    if isinstance(outcome, Announcement):
        assert_bounded(outcome)
    else:
        assert outcome in REASONS


@settings(max_examples=EXAMPLES, deadline=None)
@given(PAYLOADS)
def test_any_stop_payload_is_a_request_or_a_typed_reason(payload: bytes) -> None:
    outcome = outcome_of(parse_stop, payload)
    if isinstance(outcome, StopRequest):
        assert len(outcome.rooms) <= MAX_TARGETS
    else:
        assert outcome in REASONS


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans(), st.booleans()), max_size=20))
def test_any_bytes_on_any_topic_are_accounted_for_exactly_once(
    messages: list[tuple[str, bytes, bool, bool]],
) -> None:
    agent = ScriptedAgentPort()
    intake = Intake(ENABLED, agent, AwaitedAnswers())
    for packet_id, (topic, payload, retained, redelivered) in enumerate(messages):
        intake.take(
            Incoming(
                topic=topic,
                payload=payload,
                packet_id=packet_id,
                retained=retained,
                redelivered=redelivered,
            )
        )
    assert intake.counts.broken_handler == 0
    assert sum(intake.counts.as_dict().values()) == len(messages)
    assert len(agent.submitted) == intake.counts.submitted
    assert all(reason in REASONS for _, reason in agent.rejected)
    for announcement in agent.submitted:
        assert_bounded(announcement)


SENSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "volume": st.integers(0, 100),
    "priority": st.integers(0, 3) | st.sampled_from(["low", "normal", "high", "critical"]),
    "targets": st.lists(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True), max_size=8),
    "language": st.sampled_from(["de", "en-us", "pt_BR", "zh-Hant-TW"]),
    "expires_s": st.floats(0.1, 86_400),
    "interrupt": st.sampled_from(["resume", "restart", "drop"]),
    "chime": st.booleans() | st.sampled_from(["soft", "bell"]),
}


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
    st.fixed_dictionaries({}, optional=SENSIBLE),
)
def test_every_sensible_message_is_taken(text: str, fields: dict[str, Any]) -> None:
    announcement = parse_speak(json.dumps({"text": text} | fields).encode())
    assert announcement.text == text.strip()
    assert announcement.volume == fields.get("volume")
    assert announcement.expires_s == fields.get("expires_s")
