"""The section `home_assistant` of the settings."""

from typing import Annotated

from pydantic import Field, StringConstraints

from hub_agent.settings.base import Expected, Section

Topic = Annotated[
    str,
    StringConstraints(
        pattern=r"^[^\x00-\x20+#/$]([^\x00-\x1f\x7f+#]*[^\x00-\x20\x7f+#/])?$", max_length=200
    ),
    Expected("a topic without wildcards, `$` or `/` at its start, `/` at its end"),
]
DeviceName = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", strip_whitespace=True, max_length=64),
    Expected("a name of at most 64 characters"),
]


class HomeAssistantSettings(Section):
    """Shows the agent as a device in Home Assistant, where both use the same MQTT broker."""

    enabled: bool = Field(
        default=True,
        title="Enabled",
        description="Announce the agent to Home Assistant; switched off: take the device back",
    )
    name: DeviceName = Field(
        default="Hub Agent", title="Name", description="Name of the device in Home Assistant"
    )
    discovery_prefix: Topic = Field(
        default="homeassistant",
        title="Discovery prefix",
        description="As in the settings of Home Assistant's MQTT integration",
    )
    birth_topic: Topic = Field(
        default="homeassistant/status",
        title="Birth topic",
        description="Where Home Assistant says `online`; as in its MQTT integration",
    )
