"""The messages by which Home Assistant finds the agent."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.agent_topics import AgentTopics
from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, EventType, Outcome
from hub_agent.greetings.greeting import Greeting
from hub_agent.state_report import state_fields
from integrations.home_assistant.announcer import Announcer
from integrations.home_assistant.settings import HomeAssistantSettings
from integrations.home_assistant.voice_choices import voice_choices
from integrations.mqtt.codec import event_payload, parse_speak, parse_stop
from integrations.mqtt.greeting_messages import parse_greeting
from integrations.mqtt.preference_messages import with_quiet, with_voice, with_volume
from tests.fakes.discovery_rules import check_device_message, check_time_message, rendered
from tests.fakes.message_bus import RecordingBus
from tests.fakes.turned_agent import BRITISH, ENGLISH, GRANDMA, POLISH, TurnedAgent, voice
from voices.voice import VoiceId, VoiceKind

DEVICE = "homeassistant/device/test_agent/config"
MORNING = Greeting(
    name="morning", time=time(7, 5), enabled=True, next=datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
)
SNAPSHOT = Path(__file__).parents[1] / "data" / "home_assistant_device.json"
AWKWARD = [
    '"',
    "'",
    "\\",
    "{{ 1 }}",
    "{% raw %}",
    "}}",
    "#}",
    "Zoë",
    "奶奶",
    "👵",
    "a\tb",
    "</script>",
]


def announced(agent: TurnedAgent, **settings: Any) -> RecordingBus:
    """The bus after one announcement."""
    bus = RecordingBus()
    Announcer(HomeAssistantSettings(**settings), agent, bus).announce(again=False)
    return bus


def components(agent: TurnedAgent) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = announced(agent).document(DEVICE)["components"]
    return found


def state_of(agent: TurnedAgent) -> dict[str, Any]:
    """What is on `<base>/state`, as a template sees it."""
    greetings = {
        each.name: {"time": f"{each.time:%H:%M}", "enabled": each.enabled}
        for each in agent.greetings()
    }
    fields: dict[str, Any] = json.loads(json.dumps(state_fields(agent) | {"greetings": greetings}))
    return fields


def shown(agent: TurnedAgent, key: str) -> str:
    """What Home Assistant shows of a component."""
    return rendered(components(agent)[key]["value_template"], value_json=state_of(agent))


def commanded(agent: TurnedAgent, key: str, value: str) -> bytes:
    return rendered(components(agent)[key]["command_template"], value=value).encode()


def greeted(agent: TurnedAgent) -> TurnedAgent:
    agent.known_greetings.append(MORNING)
    return agent


def test_home_assistant_accepts_the_whole_message() -> None:
    bus = announced(greeted(TurnedAgent(rooms=("kitchen", "living-room", "living_room"))))
    check_device_message(bus.document(DEVICE))
    check_time_message(bus.document("homeassistant/time/test_agent/greeting_morning/config"))
    assert bus.retained == set(bus.published)


def test_the_message_is_what_it_was() -> None:
    """Names and ids are what people's dashboards are made of: a change is a change for them."""
    message = announced(greeted(TurnedAgent())).document(DEVICE)
    message["device"]["sw_version"] = message["origin"]["sw_version"] = "0"
    assert message == json.loads(SNAPSHOT.read_text("utf-8"))


@pytest.mark.parametrize("rooms", [("all-day",), ("a", "a_", "a-", "volume", "everywhere")])
def test_rooms_never_collide_with_other_things(rooms: Sequence[str]) -> None:
    agent = TurnedAgent(rooms=rooms)
    agent.known_greetings.append(Greeting(name="a", time=time(1), enabled=True, next=None))
    message = announced(agent).document(DEVICE)
    check_device_message(message)
    notify = [c for c in message["components"].values() if c["p"] == "notify"]
    assert len(notify) == len(rooms) + 1


def test_a_greeting_is_known_by_its_topic() -> None:
    topics = AgentTopics("base")
    assert topics.greeting_of(topics.greeting_set("morning")) == "morning"
    assert topics.greeting_of("base/greetings/a/b/set") is None


def test_every_event_that_is_published_is_in_the_list() -> None:
    listed = set(components(TurnedAgent())["announcement"]["event_types"])
    steps = [
        AnnouncementEvent(type=step, id="a", origin="mqtt")
        for step in EventType
        if step is not EventType.RESULT
    ]
    results = [
        AnnouncementEvent(
            type=EventType.RESULT,
            id="a",
            origin="mqtt",
            result=AnnouncementResult(id="a", outcome=outcome),
        )
        for outcome in Outcome
    ]
    published = {json.loads(event_payload(event))["event_type"] for event in (*steps, *results)}
    assert published == listed


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize(("key", "rooms"), [("say", ()), ("room_kitchen", ("kitchen",))])
def test_awkward_texts_are_spoken_as_they_are(text: str, key: str, rooms: tuple[str, ...]) -> None:
    announcement = parse_speak(commanded(TurnedAgent(), key, text))
    assert announcement.text == text
    assert announcement.targets == rooms


SAY = components(TurnedAgent())["everywhere"]["command_template"]


@given(st.text(min_size=1, max_size=255).filter(lambda text: text.strip() and "\0" not in text))
def test_whatever_is_typed_is_what_is_spoken(text: str) -> None:
    announcement = parse_speak(rendered(SAY, value=text).encode())
    assert announcement.text == text.strip()
    assert announcement.targets == ("all",)


def test_buttons_and_switches_send_what_the_agent_reads() -> None:
    agent = greeted(TurnedAgent())
    parts = components(agent)
    assert parse_stop(parts["stop"]["payload_press"].encode()).rooms == ()
    for payload, on in (("payload_on", True), ("payload_off", False)):
        assert with_quiet(parts["quiet"][payload].encode(), agent).quiet is on
        assert parse_greeting(parts["greeting_morning"][payload].encode()).enabled is on
    assert with_volume(b"40", agent).volume == 40


def test_state_shows_as_it_is() -> None:
    agent = greeted(TurnedAgent())
    keys = ("state", "speaking", "quiet", "volume", "vault", "problem", "greeting_morning", "say")
    values = [shown(agent, key) for key in keys]
    assert values == ["idle", "OFF", "OFF", "100", "none", "OFF", "ON", ""]
    unknown = [shown(agent, key) for key in ("ttfa", "next_greeting", "consent_ends")]
    assert unknown == ["None"] * 3
    agent.turn(
        ttfa_s=0.25,
        engines_missing=("gpt_sovits",),
        consent_ends=datetime(2026, 12, 1, tzinfo=UTC),
        next_greeting=MORNING.next,
    )
    known = [shown(agent, key) for key in ("ttfa", "problem", "consent_ends", "next_greeting")]
    assert known == ["250", "ON", "2026-12-01", "2026-11-22T07:05:00+00:00"]


def test_attributes_of_the_state_name_nobody() -> None:
    agent = TurnedAgent()
    agent.prefer(with_voice(b"grandma", agent))
    template = components(agent)["state"]["json_attributes_template"]
    attributes = rendered(template, value_json=state_of(agent))
    assert json.loads(attributes).keys() == {"rooms", "integrations", "engines_missing"}
    assert "randma" not in attributes


def test_the_time_of_a_greeting_is_shown_and_turned() -> None:
    agent = greeted(TurnedAgent())
    topic = "homeassistant/time/test_agent/greeting_morning/config"
    message = announced(agent).document(topic)
    assert rendered(message["value_template"], value_json=state_of(agent)) == "07:05"
    assert parse_greeting(b"06:30:00").at == time(6, 30)


def test_family_voices_come_first_and_only_stock_voices_of_the_language_follow() -> None:
    options = components(TurnedAgent())["voice"]["options"]
    assert options == ["Automatic", "Grandma", "Peter", ENGLISH.name, BRITISH.name]


def test_the_usual_voice_is_always_among_the_choices() -> None:
    agent = TurnedAgent()
    agent.turn(voice=POLISH)
    assert components(agent)["voice"]["options"][-1] == POLISH.name
    assert shown(agent, "voice") == POLISH.name


@pytest.mark.parametrize("name", ["Zoë 'the' \"best\"", "{{ 7*7 }}", "奶奶", "back\\slash", "👵"])
def test_a_voice_of_any_name_is_chosen_and_shown(name: str) -> None:
    agent = TurnedAgent(voices=(voice(name, id=VoiceId("v1")), ENGLISH))
    assert components(agent)["voice"]["options"][1] == name
    agent.prefer(with_voice(commanded(agent, "voice", name), agent))
    assert agent.preferred.voice == "v1"
    assert shown(agent, "voice") == name


def test_automatic_is_the_settings_voice() -> None:
    agent = TurnedAgent()
    agent.prefer(with_voice(b"grandma", agent))
    agent.prefer(with_voice(commanded(agent, "voice", "Automatic"), agent))
    assert agent.preferred.voice is None
    assert shown(agent, "voice") == "Automatic"


def test_voices_of_one_name_are_told_apart() -> None:
    other = voice("Grandma", kind=VoiceKind.STOCK, id=VoiceId("grandma-2"))
    called_automatic = voice("Automatic", id=VoiceId("auto"))
    agent = TurnedAgent(voices=(GRANDMA, other, called_automatic))
    assert voice_choices(agent) == {
        "Automatic (auto)": "auto",
        "Grandma (grandma)": "grandma",
        "Grandma (grandma-2)": "grandma-2",
    }


def test_no_name_of_a_person_is_in_a_topic_or_an_id() -> None:
    bus = announced(TurnedAgent(voices=(voice("Mathilda", id=VoiceId("v1")), ENGLISH)))
    assert "mathilda" not in str(list(bus.published)).lower()
    for component in bus.document(DEVICE)["components"].values():
        ids = [value for key, value in component.items() if key.endswith(("_id", "_topic"))]
        assert "mathilda" not in str(ids).lower()


def test_prefix_and_name_are_those_of_the_settings() -> None:
    bus = announced(TurnedAgent(), discovery_prefix="ha/found", name="Kitchen hub")
    assert bus.document("ha/found/device/test_agent/config")["device"]["name"] == "Kitchen hub"


@pytest.mark.parametrize("key", ["discovery_prefix", "birth_topic"])
@pytest.mark.parametrize("topic", ["", "/a", "a/", "a/#", "+/a", "$a", " a", "x" * 201])
def test_topics_that_are_none_are_refused(key: str, topic: str) -> None:
    with pytest.raises(ValueError, match=key):
        HomeAssistantSettings.model_validate({key: topic})


@pytest.mark.parametrize("topic", ["a", "ha", "home/my house/found"])
def test_ordinary_topics_are_taken(topic: str) -> None:
    assert HomeAssistantSettings(discovery_prefix=topic).discovery_prefix == topic
