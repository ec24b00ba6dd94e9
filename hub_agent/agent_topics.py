"""The names of the agent's own topics on a message bus."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentTopics:
    """Under the base topic: those that end in `set` and the first two command."""

    base: str

    @property
    def speak(self) -> str:
        """Announcements come here."""
        return f"{self.base}/speak"

    @property
    def stop(self) -> str:
        """Silence is asked for here."""
        return f"{self.base}/stop"

    @property
    def voice_set(self) -> str:
        """The usual voice is chosen here."""
        return f"{self.base}/voice/set"

    @property
    def volume_set(self) -> str:
        """The volume is turned here."""
        return f"{self.base}/volume/set"

    @property
    def quiet_set(self) -> str:
        """Quiet is turned on and off here."""
        return f"{self.base}/quiet/set"

    def greeting_set(self, name: str) -> str:
        """A greeting's time, or whether it is said, is turned here."""
        return f"{self.base}/greetings/{name}/set"

    @property
    def greetings_set(self) -> str:
        """A filter: greetings are turned below this."""
        return self.greeting_set("+")

    def greeting_of(self, topic: str) -> str | None:
        """The greeting that is turned on this topic."""
        before, after = self.greetings_set.split("+")
        name = topic.removeprefix(before).removesuffix(after)
        return name if topic == f"{before}{name}{after}" and "/" not in name else None

    @property
    def event(self) -> str:
        """Steps and results of announcements go here, not retained."""
        return f"{self.base}/event"

    @property
    def state(self) -> str:
        """How the agent is goes here, retained."""
        return f"{self.base}/state"

    @property
    def health(self) -> str:
        """The agent's own report goes here, retained."""
        return f"{self.base}/health"

    @property
    def availability(self) -> str:
        """`online` or `offline`, retained."""
        return f"{self.base}/availability"
