"""What Home Assistant can have said, and turn. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from hub_agent.agent_topics import AgentTopics
from hub_agent.announcement import ALL_ROOMS
from hub_agent.greetings.greeting import Greeting
from hub_agent.preferences import FULL_VOLUME
from hub_agent.state_report import in_words
from integrations.home_assistant.entity import CONFIG, Entity, shown, switched
from integrations.home_assistant.templates import (
    greeting_field,
    looked_up,
    on_off,
    speak_template,
    value_of,
)
from integrations.home_assistant.voice_choices import AUTOMATIC

MAX_STATE_CHARS: Final = 255
"""Home Assistant takes no longer state, and what is typed is one."""

TIME: Final = "time"
"""A platform that releases before 2026.6 do not know."""

_GREETING: Final = "greeting_"


def greeting_key(name: str) -> str:
    """The key of a greeting's switch and of its time."""
    return _GREETING + name


def is_greeting(key: str) -> bool:
    """Whether it is one of those."""
    return key.startswith(_GREETING)


def rooms_to_speak_in(rooms: Iterable[str], topics: AgentTopics) -> Iterator[Entity]:
    """Where a notification can be sent."""
    for room in rooms:
        yield _notify(f"room_{room}", in_words(room), room, "mdi:speaker-message", topics)
    yield _notify("everywhere", "Everywhere", ALL_ROOMS, "mdi:speaker-multiple", topics)


def controls(
    voices: Mapping[str, str], greetings: Sequence[Greeting], topics: AgentTopics
) -> Iterator[Entity]:
    """`voices`: label → id."""
    yield _say(topics)
    yield _voice(voices, topics)
    yield _volume(topics)
    yield _quiet(topics)
    yield _stop(topics)
    for greeting in greetings:
        yield _greeting_switch(greeting, topics)


def greeting_times(greetings: Iterable[Greeting], topics: AgentTopics) -> Iterator[Entity]:
    """When greetings are said."""
    for greeting in greetings:
        yield Entity(
            key=greeting_key(greeting.name),
            platform=TIME,
            name=f"{in_words(greeting.name)} greeting time",
            config=shown(topics, value_of(greeting_field(greeting.name, "time")))
            | {"command_topic": topics.greeting_set(greeting.name), "icon": "mdi:clock-outline"}
            | CONFIG,
        )


def _notify(key: str, name: str, room: str, icon: str, topics: AgentTopics) -> Entity:
    return Entity(
        key=key,
        platform="notify",
        name=name,
        config={
            "command_topic": topics.speak,
            "command_template": speak_template(room),
            "icon": icon,
        },
    )


def _say(topics: AgentTopics) -> Entity:
    """Always empty: what was said must not stay in Home Assistant's history."""
    return Entity(
        key="say",
        platform="text",
        name="Say",
        config=shown(topics, "{{ '' }}")
        | {"command_topic": topics.speak, "command_template": speak_template()}
        | {"min": 0, "max": MAX_STATE_CHARS, "mode": "text", "icon": "mdi:message-text"},
    )


def _voice(voices: Mapping[str, str], topics: AgentTopics) -> Entity:
    labels = {voice: label for label, voice in voices.items()}
    current = looked_up(labels, "value_json.voice.id if value_json.voice else ''", AUTOMATIC)
    return Entity(
        key="voice",
        platform="select",
        name="Voice",
        config=shown(topics, current)
        | {"command_topic": topics.voice_set, "command_template": looked_up(voices, "value", "")}
        | {"options": [AUTOMATIC, *voices], "icon": "mdi:account-voice"}
        | CONFIG,
    )


def _volume(topics: AgentTopics) -> Entity:
    return Entity(
        key="volume",
        platform="number",
        name="Volume",
        config=shown(topics, value_of("volume"))
        | {"command_topic": topics.volume_set, "min": 0, "max": FULL_VOLUME, "step": 1}
        | {"unit_of_measurement": "%", "mode": "slider", "icon": "mdi:volume-high"},
    )


def _quiet(topics: AgentTopics) -> Entity:
    return Entity(
        key="quiet",
        platform="switch",
        name="Quiet",
        config=switched(topics, on_off("value_json.quiet"))
        | {"command_topic": topics.quiet_set, "icon": "mdi:bell-sleep"},
    )


def _stop(topics: AgentTopics) -> Entity:
    return Entity(
        key="stop",
        platform="button",
        name="Stop",
        config={"command_topic": topics.stop, "payload_press": "stop", "icon": "mdi:stop"},
    )


def _greeting_switch(greeting: Greeting, topics: AgentTopics) -> Entity:
    said = on_off(f"value_json.{greeting_field(greeting.name, 'enabled')}")
    return Entity(
        key=greeting_key(greeting.name),
        platform="switch",
        name=f"{in_words(greeting.name)} greeting",
        config=switched(topics, said)
        | {"command_topic": topics.greeting_set(greeting.name), "icon": "mdi:weather-sunset-up"}
        | CONFIG,
    )
