"""Where integrations find what other integrations offer: they never import each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hub_agent.listeners import Listeners

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkService:
    """Something that listens on the network and wants to be found there.

    `type` is the DNS-SD type without domain (`_wyoming._tcp`), `host` the address it is bound
    to, `properties` go into its TXT record and are readable by everybody around.
    """

    type: str
    port: int
    host: str = "0.0.0.0"  # noqa: S104 - what most of them are bound to
    properties: Mapping[str, str] = field(default_factory=dict)


class Exchange:
    """What is on offer now. On the event loop only."""

    def __init__(self) -> None:
        self._offers: list[object] = []
        self._listeners: Listeners[[]] = Listeners()

    def offer(self, thing: object) -> Callable[[], None]:
        """Put `thing` on offer; the returned function takes it back and may be called twice."""
        self._offers.append(thing)
        self._listeners.tell()

        def take_back() -> None:
            if any(each is thing for each in self._offers):
                self._offers = [each for each in self._offers if each is not thing]
                self._listeners.tell()

        return take_back

    def offered(self, kind: type[T]) -> tuple[T, ...]:
        """Everything of that kind, in the order it came."""
        return tuple(each for each in self._offers if isinstance(each, kind))

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be called after every change; the returned function ends that."""
        return self._listeners.add(listener)
