"""The contract of every streaming audio stage."""

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]
"""Mono samples, shape (num_samples,), in [-1, 1] unless a stage says otherwise."""


class Stage(Protocol):
    """A streaming transformation of samples.

    However the input is cut into chunks, the concatenated output is the same. `process` may
    return fewer or more samples than it was given (also none); `finish` returns what is still
    inside and ends the stream.
    """

    look_ahead_ms: float
    """How much later than its input the output of this stage comes, in milliseconds."""

    def process(self, samples: Samples) -> Samples:
        """Take a chunk, return what is ready."""
        ...

    def finish(self) -> Samples:
        """Return the rest; the stage is not used afterwards."""
        ...


class Chain:
    """Stages one after another are a stage; its look-ahead is the sum of theirs."""

    def __init__(self, *stages: Stage) -> None:
        self._stages = stages
        self.look_ahead_ms = sum(stage.look_ahead_ms for stage in stages)

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        for stage in self._stages:
            samples = stage.process(samples)
        return samples

    def finish(self) -> Samples:
        """See `Stage.finish`: the rest of each goes through those behind it."""
        rest = np.zeros(0, np.float32)
        for stage in self._stages:
            rest = np.concatenate([stage.process(rest), stage.finish()])
        return rest
