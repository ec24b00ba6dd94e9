"""Where Home Assistant looks for what there is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscoveryTopics:
    """Where Home Assistant looks for what there is."""

    prefix: str
    agent_id: str

    @property
    def device(self) -> str:
        """The device with most of its components."""
        return f"{self.prefix}/device/{self.agent_id}/config"

    def single(self, platform: str, key: str) -> str:
        """One component of a platform that older releases do not know."""
        return f"{self.prefix}/{platform}/{self.agent_id}/{key}/config"
