"""Being found on the home network: DNS-SD over multicast DNS."""

from typing import TYPE_CHECKING

from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from integrations.mdns.settings import MdnsSettings

if TYPE_CHECKING:
    from typing import Any


def create(settings: "Any", agent: AgentPort) -> Integration:
    """The announcer for one agent; imports the mDNS library only now."""
    from integrations.mdns.integration import MdnsIntegration

    return MdnsIntegration(settings, agent)


plugin = IntegrationPlugin(settings=MdnsSettings, create=create, on_without_section=True)
