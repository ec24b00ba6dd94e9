"""One thing that Home Assistant shows of the agent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub_agent.agent_topics import AgentTopics
from integrations.home_assistant.templates import value_of

DEVICE_PLATFORMS: Final = frozenset(
    {
        "binary_sensor",
        "button",
        "event",
        "notify",
        "number",
        "select",
        "sensor",
        "switch",
        "text",
    }
)
"""Known since Home Assistant 2025.4. A device's message with any other is refused as a whole."""

CONFIG: Final = {"entity_category": "config"}
DIAGNOSTIC: Final = {"entity_category": "diagnostic"}
HIDDEN: Final = DIAGNOSTIC | {"enabled_by_default": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """`key` is unique in the device and stable; `config` is as Home Assistant's platform wants."""

    key: str
    platform: str
    name: str
    config: Mapping[str, Any] = field(repr=False)


def shown(topics: AgentTopics, template: str) -> dict[str, Any]:
    """Something that is read from the agent's state."""
    return {"state_topic": topics.state, "value_template": template}


def switched(topics: AgentTopics, template: str) -> dict[str, Any]:
    """Something of the agent's state that is `ON` or `OFF`."""
    return shown(topics, template) | {"payload_on": "ON", "payload_off": "OFF"}


def sensor(
    topics: AgentTopics, key: str, name: str, *, field: str, icon: str, **config: Any
) -> Entity:
    """A field of the agent's state."""
    return Entity(
        key=key,
        platform="sensor",
        name=name,
        config=shown(topics, value_of(field)) | {"icon": icon} | config,
    )
