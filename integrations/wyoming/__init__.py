"""Speech for Home Assistant and whatever else speaks Wyoming."""

from typing import TYPE_CHECKING

from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from integrations.wyoming.settings import WyomingSettings

if TYPE_CHECKING:
    from typing import Any


def create(settings: "Any", agent: AgentPort) -> Integration:
    """The server for one agent."""
    from integrations.wyoming.integration import WyomingIntegration

    return WyomingIntegration(settings, agent)


plugin = IntegrationPlugin(settings=WyomingSettings, create=create, on_without_section=True)
