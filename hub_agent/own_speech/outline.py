"""How loud a recording is over time, small enough to keep for hours of it."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.decode import Audio

_STEPS_A_SECOND: Final = 50


class Outline:
    """The peak of every 20 ms of a stream that passes by."""

    def __init__(self) -> None:
        self._peaks: list[NDArray[np.float32]] = []
        self._rest = np.zeros(0, np.float32)

    def watching(self, blocks: Iterable[Audio]) -> Iterator[Audio]:
        """The same blocks, looked at on the way."""
        for block in blocks:
            size = block.sample_rate // _STEPS_A_SECOND
            samples = np.concatenate((self._rest, np.abs(np.nan_to_num(block.samples))))
            count = samples.size // size
            self._peaks.append(samples[: count * size].reshape(count, size).max(axis=1))
            self._rest = samples[count * size :]
            yield block

    def peaks(self) -> NDArray[np.float32]:
        """All that was seen."""
        return np.concatenate([np.zeros(0, np.float32), *self._peaks])
