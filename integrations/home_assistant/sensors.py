"""What Home Assistant sees of the agent. Pure."""

from collections.abc import Iterator
from typing import Final

from hub_agent.agent_topics import AgentTopics
from hub_agent.announcement import EventType
from hub_agent.messages.telling import EVENT_OF_OUTCOME
from hub_agent.state import AgentStatus, VaultState
from integrations.home_assistant.entity import DIAGNOSTIC, HIDDEN, Entity, sensor, switched
from integrations.home_assistant.templates import as_json, on_off

EVENT_TYPES: Final = tuple(
    dict.fromkeys(
        [
            *(step.value for step in EventType if step is not EventType.RESULT),
            *EVENT_OF_OUTCOME.values(),
        ]
    )
)
"""Every `event_type` that the agent publishes: Home Assistant refuses others."""


def activity(topics: AgentTopics) -> Iterator[Entity]:
    """What the agent does."""
    yield sensor(
        topics,
        "state",
        "State",
        field="status",
        icon="mdi:home-sound-out",
        device_class="enum",
        options=[status.value for status in AgentStatus],
        json_attributes_topic=topics.state,
        json_attributes_template=as_json("rooms", "integrations", "engines_missing"),
    )
    yield Entity(
        key="speaking",
        platform="binary_sensor",
        name="Speaking",
        config=switched(topics, on_off("value_json.status == 'speaking'"))
        | {"device_class": "sound"},
    )
    yield Entity(
        key="announcement",
        platform="event",
        name="Announcement",
        config={
            "state_topic": topics.event,
            "event_types": list(EVENT_TYPES),
            "icon": "mdi:bullhorn",
        },
    )
    yield sensor(
        topics,
        "next_greeting",
        "Next greeting",
        field="next_greeting",
        icon="mdi:weather-sunset-up",
        device_class="timestamp",
    )


def family_voices(topics: AgentTopics) -> Iterator[Entity]:
    """Whether family voices can speak, and for how long they may."""
    yield sensor(
        topics,
        "vault",
        "Vault",
        field="vault",
        icon="mdi:safe-square-outline",
        device_class="enum",
        options=[state.value for state in VaultState],
        **DIAGNOSTIC,
    )
    yield sensor(
        topics,
        "consents_ending",
        "Voices whose consent ends soon",
        field="consents_ending",
        icon="mdi:account-clock",
        state_class="measurement",
        **DIAGNOSTIC,
    )
    yield sensor(
        topics,
        "consent_ends",
        "First consent ends",
        field="consent_ends",
        icon="mdi:calendar-clock",
        device_class="date",
        **DIAGNOSTIC,
    )


def diagnostics(topics: AgentTopics) -> Iterator[Entity]:
    """What helps when something is wrong; what changes with every announcement is hidden."""
    yield Entity(
        key="problem",
        platform="binary_sensor",
        name="Problem",
        config=switched(topics, on_off("not value_json.ready or value_json.engines_missing"))
        | {"device_class": "problem"}
        | DIAGNOSTIC,
    )
    yield sensor(
        topics, "engine", "Engine", field="engine", icon="mdi:engine-outline", **DIAGNOSTIC
    )
    yield sensor(topics, "version", "Version", field="version", icon="mdi:tag-outline", **HIDDEN)
    yield sensor(
        topics,
        "queue",
        "Queue",
        field="waiting",
        icon="mdi:tray-full",
        state_class="measurement",
        **HIDDEN,
    )
    yield sensor(
        topics,
        "ttfa",
        "Time to first audio",
        field="ttfa_ms",
        icon="mdi:timer-outline",
        device_class="duration",
        unit_of_measurement="ms",
        state_class="measurement",
        **HIDDEN,
    )
