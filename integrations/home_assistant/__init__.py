"""Home Assistant finds the agent at the household's MQTT broker, without being told."""

from typing import TYPE_CHECKING

from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from integrations.home_assistant.settings import HomeAssistantSettings

if TYPE_CHECKING:
    from typing import Any


def create(settings: "Any", agent: AgentPort) -> Integration:
    """What announces one agent."""
    from integrations.home_assistant.integration import HomeAssistantIntegration

    return HomeAssistantIntegration(settings, agent)


def withdraw(settings: "Any", agent: AgentPort) -> Integration:
    """What takes the announcement back."""
    from integrations.home_assistant.withdrawal import Withdrawal

    return Withdrawal(settings, agent)


plugin = IntegrationPlugin(
    settings=HomeAssistantSettings, create=create, withdraw=withdraw, on_without_section=True
)
