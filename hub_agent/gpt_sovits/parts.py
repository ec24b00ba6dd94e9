"""A network that sees only so far, run on several parts of a signal at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final

import numpy as np

from hub_agent.gpt_sovits.windows import Signal

_SMALLEST: Final = 2
"""Inputs of a part, in reaches: smaller ones would see the same things twice."""


class InParts:
    """Makes of a signal what `run` makes of it, in up to `num_parts` threads.

    Where a network is many small operations, of which some use one thread anyway, this takes a
    third less time than as many threads within each. `reach` and `rate` are as in `Windowed`;
    `run` is called by several threads.
    """

    def __init__(
        self, run: Callable[[Signal], Signal], *, reach: int, rate: int, num_parts: int
    ) -> None:
        self._run = run
        self._reach = reach
        self._rate = rate
        self._num_parts = num_parts
        self._helpers = ThreadPoolExecutor(max(1, num_parts - 1), "gpt_sovits.parts")

    def __call__(self, signal: Signal) -> Signal:
        """The outputs of the whole signal."""
        length = signal.shape[2]
        num_parts = max(1, min(self._num_parts, length // (_SMALLEST * self._reach)))
        first, *others = pairwise(length * number // num_parts for number in range(num_parts + 1))
        coming = [self._helpers.submit(self._part, signal, *span) for span in others]
        outputs = [self._part(signal, *first), *(each.result() for each in coming)]
        return np.concatenate(outputs, axis=2)

    def _part(self, signal: Signal, start: int, end: int) -> Signal:
        begin = max(0, start - self._reach)
        outputs = self._run(signal[:, :, begin : end + self._reach])
        return outputs[:, :, (start - begin) * self._rate : (end - begin) * self._rate]
