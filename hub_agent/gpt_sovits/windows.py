"""A network that sees only so far, run on a signal that comes in pieces."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
"""`[1, channels, t]`."""


class Windowed:
    """Makes of the pieces what `run` would make of the whole, later by its reach.

    `reach` is how many inputs to either side an output depends on, `rate` how many outputs
    there are to an input. At least one piece must not be empty before `finish`.
    """

    def __init__(self, run: Callable[[Signal], Signal], *, reach: int, rate: int) -> None:
        self._run = run
        self._reach = reach
        self._rate = rate
        self._kept = no_signal()
        self._num_done = 0
        """Of the inputs kept; they are context only."""

    def push(self, piece: Signal) -> Signal:
        """The outputs that no later input can change."""
        self._keep(piece)
        return self._outputs(self._kept.shape[2] - self._reach)

    def finish(self, piece: Signal) -> Signal:
        """The last piece's outputs and all that were held back."""
        self._keep(piece)
        return self._outputs(self._kept.shape[2])

    def _keep(self, piece: Signal) -> None:
        if piece.size:
            self._kept = np.concatenate([self._kept, piece], axis=2) if self._kept.size else piece

    def _outputs(self, num_ready: int) -> Signal:
        if num_ready <= self._num_done:
            return no_signal()
        outputs = self._run(self._kept)
        done, ready = self._num_done * self._rate, num_ready * self._rate
        useless = max(0, num_ready - self._reach)
        self._kept = self._kept[:, :, useless:]
        self._num_done = num_ready - useless
        return outputs[:, :, done:ready]


def no_signal() -> Signal:
    """A signal without channels or length."""
    return np.empty((1, 0, 0), np.float32)
