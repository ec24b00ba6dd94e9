"""The messages by which Home Assistant finds the agent (MQTT discovery). Pure.

One message for the device with its components: Home Assistant takes all of it or, where it does not
know one platform, nothing. Newer platforms therefore have a message each.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hub_agent import __version__
from hub_agent.agent_topics import AgentTopics
from hub_agent.greetings.greeting import Greeting
from integrations.home_assistant.controls import controls, greeting_times, rooms_to_speak_in
from integrations.home_assistant.entity import Entity
from integrations.home_assistant.sensors import activity, diagnostics, family_voices

MAKER: Final = "Hub Agent"
MODEL: Final = "Home hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The agent, and what can be chosen from: rooms, labels → ids of voices, greetings."""

    agent_id: str
    name: str
    base_topic: str
    rooms: Sequence[str]
    voices: Mapping[str, str] = field(repr=False)
    greetings: Sequence[Greeting]

    @property
    def topics(self) -> AgentTopics:
        """Where the agent is spoken with."""
        return AgentTopics(self.base_topic)


def device_entities(device: Device) -> tuple[Entity, ...]:
    """Those of platforms that every supported release knows."""
    topics = device.topics
    return (
        *rooms_to_speak_in(device.rooms, topics),
        *controls(device.voices, device.greetings, topics),
        *activity(topics),
        *family_voices(topics),
        *diagnostics(topics),
    )


def single_entities(device: Device) -> tuple[Entity, ...]:
    """Those that have a message of their own."""
    return tuple(greeting_times(device.greetings, device.topics))


def device_message(
    device: Device, entities: Iterable[Entity], *, gone: Mapping[str, str]
) -> dict[str, Any]:
    """The message of the device; `gone` are keys and platforms of what was there before."""
    components = {key: {"p": platform} for key, platform in gone.items()}
    for entity in entities:
        components[entity.key] = {"p": entity.platform, **_described(device, entity)}
    return _frame(device) | {"components": components}


def single_message(device: Device, entity: Entity) -> dict[str, Any]:
    """The message of one component."""
    return _frame(device) | _described(device, entity)


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as it is published."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _frame(device: Device) -> dict[str, Any]:
    """Whose component it is, who says so, and where it is said whether the agent is there."""
    return {
        "device": {
            "identifiers": [device.agent_id],
            "name": device.name,
            "manufacturer": MAKER,
            "model": MODEL,
            "sw_version": __version__,
        },
        "origin": {"name": MAKER, "sw_version": __version__},
        "availability": [{"topic": device.topics.availability}],
        "availability_mode": "all",
        "qos": 1,
    }


def _described(device: Device, entity: Entity) -> dict[str, Any]:
    unique_id = f"{device.agent_id}_{entity.key}"
    return {
        "name": entity.name,
        "unique_id": unique_id,
        "default_entity_id": f"{entity.platform}.{_slug(unique_id)}",
        **entity.config,
    }


def _slug(text: str) -> str:
    """As Home Assistant writes ids: no signs at an end, no two `_` beside each other."""
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")
