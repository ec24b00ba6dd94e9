"""One-time addresses of speech, for players that cannot show a token."""

import secrets
from collections import OrderedDict
from typing import Final

from hub_agent.clock import Clock
from hub_agent.errors import NotFoundError, UnavailableError
from integrations.web.orders import SpeechOrder

SECRET_BYTES: Final = 16
LASTS_S: Final = 60
MOST_ADDRESSES: Final = 256


class OneTimeAddresses:
    """Orders by their secrets; each is taken once, within `LASTS_S`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._orders: OrderedDict[str, tuple[float, SpeechOrder]] = OrderedDict()

    def issue(self, order: SpeechOrder) -> str:
        """The name of the page where it is spoken. Raises `UnavailableError` for one too many."""
        self._forget_old()
        if len(self._orders) >= MOST_ADDRESSES:
            raise UnavailableError("too many addresses wait to be fetched", reason="busy")
        name = f"{secrets.token_urlsafe(SECRET_BYTES)}.{order.format}"
        self._orders[name] = self._clock.monotonic() + LASTS_S, order
        return name

    def look_at(self, name: str) -> SpeechOrder:
        """The order behind a name. Raises `NotFoundError`."""
        self._forget_old()
        if name not in self._orders:
            raise NotFoundError(
                "there is no speech at this address any more",
                hint="each address works once, for a minute",
                reason="no_such_speech",
            )
        return self._orders[name][1]

    def take(self, name: str) -> SpeechOrder:
        """As `look_at`, for the last time."""
        order = self.look_at(name)
        del self._orders[name]
        return order

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        while self._orders and next(iter(self._orders.values()))[0] <= now:
            self._orders.popitem(last=False)
