"""Whom speech from another machine is for."""

from collections.abc import Callable
from typing import Final

import numpy as np

from hub_agent.audio.silence import first_audible_index
from hub_agent.audio.stage import Samples
from hub_agent.engines.engine import Emit
from hub_agent.errors import UnavailableError

START_S: Final = 12.0
"""Longest wait for sound, whatever is waited for: a turn, weights, the server. A room gives up an
engine after 20 s, and another one must begin before."""

_NOTHING: Final = np.zeros(0, np.float32)


class Listener:
    """Takes one segment; does not wait for ever until it begins."""

    def __init__(self, emit: Emit, monotonic: Callable[[], float]) -> None:
        self._emit = emit
        self._monotonic = monotonic
        self._until = monotonic() + START_S
        self.heard = False

    def take(self, samples: Samples) -> bool:
        """See `Emit`. Raises `UnavailableError` when there should be sound by now."""
        self.heard = self.heard or first_audible_index(samples) is not None
        if not self.heard and self._monotonic() > self._until:
            raise UnavailableError("the speech server took too long", reason="server_slow")
        return self._emit(samples)

    def waits(self) -> bool:
        """Whether the speech is still wanted, while there is none; raises like `take`."""
        return self.take(_NOTHING)
