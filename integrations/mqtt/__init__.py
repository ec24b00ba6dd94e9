"""Announcements over MQTT: commands in, events, health and availability out."""

from typing import TYPE_CHECKING

from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from integrations.mqtt.settings import MqttSettings

if TYPE_CHECKING:
    from typing import Any


def create(settings: "Any", agent: AgentPort) -> Integration:
    """The adapter for one agent; imports the MQTT client only now."""
    from integrations.mqtt.integration import MqttIntegration

    return MqttIntegration(settings, agent)


plugin = IntegrationPlugin(settings=MqttSettings, create=create)
