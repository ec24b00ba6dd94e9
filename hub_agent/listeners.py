"""Functions that want to be told when something happens."""

from collections.abc import Callable
from typing import Generic, ParamSpec

import structlog

log = structlog.get_logger(__name__)

P = ParamSpec("P")


class Listeners(Generic[P]):
    """Told in the order they came; one that fails disturbs nobody."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, None]] = []

    def add(self, listener: Callable[P, None]) -> Callable[[], None]:
        """Add one; the returned function removes it and may be called twice."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call all."""
        for listener in tuple(self._listeners):
            try:
                listener(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - one bad listener must not stop speech
                log.error("listener failed", error=type(error).__name__)
