"""The contract of every streaming audio stage."""

from collections.abc import Iterable, Iterator
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


def run_stages(chunks: Iterable[Samples], stages: Iterable[Stage]) -> Iterator[Samples]:
    """Chain `stages` over `chunks`, lazily; the look-ahead is the sum of theirs."""
    stream: Iterator[Samples] = iter(chunks)
    for stage in stages:
        stream = _run(stream, stage)
    return stream


def _run(chunks: Iterator[Samples], stage: Stage) -> Iterator[Samples]:
    for chunk in chunks:
        out = stage.process(chunk)
        if out.size:
            yield out
    rest = stage.finish()
    if rest.size:
        yield rest
