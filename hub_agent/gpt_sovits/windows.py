"""A network that sees only so far, run on a signal that comes in pieces."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
"""`[1, channels, t]`."""


class Windowed:
    """Makes of the pieces what `run` would make of the whole, as far as the future is known.

    `reach` is how many inputs to either side an output depends on, `rate` how many outputs
    there are to an input.
    """

    def __init__(self, run: Callable[[Signal], Signal], *, reach: int, rate: int) -> None:
        self._run = run
        self._reach = reach
        self._rate = rate
        self._past = no_signal()

    def push(self, piece: Signal, ahead: Signal) -> tuple[Signal, Signal]:
        """The outputs of `piece`, and of what seems to lie ahead of it as far as it is seen."""
        if not piece.size:
            return no_signal(), no_signal()
        seen = joined(self._past, piece, ahead[:, :, : self._reach])
        outputs = self._run(seen)
        start = self._past.shape[2]
        end = start + piece.shape[2]
        self._past = seen[:, :, max(0, end - self._reach) : end]
        return (
            outputs[:, :, start * self._rate : end * self._rate],
            outputs[:, :, end * self._rate :],
        )


def joined(*signals: Signal) -> Signal:
    """One behind the other; those without a length count for nothing."""
    return np.concatenate([signal for signal in signals if signal.size], axis=2)


def no_signal() -> Signal:
    """A signal without channels or length."""
    return np.empty((1, 0, 0), np.float32)
