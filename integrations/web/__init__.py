"""The agent over HTTP: its API, spoken audio as a stream, health and metrics."""

from typing import TYPE_CHECKING

from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from integrations.web.settings import WebSettings

if TYPE_CHECKING:
    from typing import Any


def create(settings: "Any", agent: AgentPort) -> Integration:
    """The server for one agent; imports the HTTP library only now."""
    from integrations.web.integration import WebIntegration

    return WebIntegration(settings, agent)


plugin = IntegrationPlugin(settings=WebSettings, create=create, on_without_section=True)
