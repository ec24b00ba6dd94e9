"""The topics that Home Assistant is pointed at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentTopics:
    """The agent's own, below the base topic of the message bus."""

    base: str

    @property
    def speak(self) -> str:
        """Announcements."""
        return f"{self.base}/speak"

    @property
    def stop(self) -> str:
        """Silence."""
        return f"{self.base}/stop"

    @property
    def voice_set(self) -> str:
        """The usual voice."""
        return f"{self.base}/voice/set"

    @property
    def volume_set(self) -> str:
        """The volume."""
        return f"{self.base}/volume/set"

    @property
    def quiet_set(self) -> str:
        """Quiet."""
        return f"{self.base}/quiet/set"

    def greeting_set(self, name: str) -> str:
        """A greeting's time, or whether it is said."""
        return f"{self.base}/greetings/{name}/set"

    @property
    def state(self) -> str:
        """How the agent is."""
        return f"{self.base}/state"

    @property
    def event(self) -> str:
        """What becomes of announcements."""
        return f"{self.base}/event"

    @property
    def availability(self) -> str:
        """Whether the agent is there."""
        return f"{self.base}/availability"


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
