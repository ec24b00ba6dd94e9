"""The section `web` of the settings."""

from pydantic import Field

from hub_agent.networks import HOME_NETWORKS, Networks
from hub_agent.settings.base import Name, Section


class WebSettings(Section):
    """The API, health and metrics over HTTP."""

    enabled: bool = Field(
        default=True, title="Enabled", description="Serve the API, /healthz, /readyz and /metrics"
    )
    host: Name = Field(
        default="0.0.0.0",  # noqa: S104 - who may come is what `networks` says
        title="Host",
        description="Address to listen on",
    )
    port: int = Field(
        default=8731, ge=0, le=65535, title="Port", description="Port; 0 takes a free one"
    )
    networks: Networks = Field(
        default=HOME_NETWORKS,
        title="Networks",
        description="Who may connect; requests from elsewhere are refused",
    )
    pairing_minutes: int = Field(
        default=15,
        ge=0,
        le=1440,
        title="Pairing",
        description="How long after its start an agent that was never paired gives its token to "
        "the first that asks (min); 0: only after `hub-agent pair`",
    )
