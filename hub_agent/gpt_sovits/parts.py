"""A network that sees only so far, run on several parts of a signal at once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import pairwise
from typing import Final

import numpy as np

from hub_agent.gpt_sovits.sessions import computing
from hub_agent.gpt_sovits.windows import Signal

_SHORTEST: Final = 2
"""Inputs of a part, in reaches: of a shorter one most would be its neighbours' all over again."""


class InParts:
    """Makes of a signal what `run` makes of it, in up to `num_parts` threads.

    Where a network is many small operations, of which some use one thread anyway, this takes a
    third less time than as many threads within each operation. `reach` and `rate` are as in
    `Windowed`; `run` is called by several threads.
    """

    def __init__(
        self, run: Callable[[Signal], Signal], *, reach: int, rate: int, num_parts: int
    ) -> None:
        self._run = run
        self._reach = reach
        self._rate = rate
        self._num_parts = num_parts
        self._threads = ThreadPoolExecutor(max(1, num_parts - 1), "gpt_sovits.parts")

    def __call__(self, signal: Signal) -> Signal:
        """The outputs of the whole signal. Raises `EngineError`; nothing runs on afterwards."""
        length, shortest = signal.shape[2], max(1, _SHORTEST * self._reach)
        num_parts = max(1, min(self._num_parts, length // shortest))
        first, *others = pairwise(length * number // num_parts for number in range(num_parts + 1))
        coming: list[Future[Signal]] = []
        try:
            with computing():
                # Not as a list: what was begun before one fails must be among those waited for.
                coming.extend(self._threads.submit(self._part, signal, *span) for span in others)
                outputs = [self._part(signal, *first), *(each.result() for each in coming)]
        finally:
            wait(coming)
        return np.concatenate(outputs, axis=2)

    def _part(self, signal: Signal, start: int, end: int) -> Signal:
        begin = max(0, start - self._reach)
        outputs = self._run(signal[:, :, begin : end + self._reach])
        return outputs[:, :, (start - begin) * self._rate : (end - begin) * self._rate]
