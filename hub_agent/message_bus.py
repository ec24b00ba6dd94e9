"""A way to publish and to hear messages that other integrations may share."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from hub_agent.exchange import Exchange


@runtime_checkable
class MessageBus(Protocol):
    """A publish/subscribe broker that the agent is, or will again be, connected to.

    On offer at the `Exchange` for as long as the integration that keeps the connection runs. All
    calls on the event loop, none waits.
    """

    @property
    def base_topic(self) -> str:
        """Topics of the agent are below this one."""
        ...

    @property
    def connected(self) -> bool:
        """Whether messages go out now."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Queue a message; it goes out in order, at the latest when the broker is back.

        Of the retained ones that wait, only the newest of a topic is kept.
        """
        ...

    def subscribe(
        self, topic: str, receive: Callable[[bytes], None], *, retained: bool = False
    ) -> Callable[[], None]:
        """Hear a topic, and with `retained` what was published before; returns what ends that."""
        ...

    def refresh(self) -> None:
        """Say again, for whoever comes late, how the agent is."""
        ...

    def on_connect(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be called after every connection, when all topics are subscribed to; returns the end."""
        ...


def shared_bus(exchange: Exchange) -> MessageBus | None:
    """The bus that is on offer now."""
    return next((each for each in exchange.offered(object) if isinstance(each, MessageBus)), None)
