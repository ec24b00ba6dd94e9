"""Telling how far long work is, over several steps of different length."""

from collections.abc import Callable
from typing import TypeAlias

Report: TypeAlias = Callable[[str, float], None]
"""Told what is being done, in words, and how much of all of it is done, 0.0 to 1.0."""


def silent(_step: str, _share: float) -> None:
    """For those who do not want to know."""


def part(report: Report, step: str, start: float, end: float) -> Callable[[float], None]:
    """The progress of one step, which is the span from `start` to `end` of the whole."""

    def progress(share: float) -> None:
        report(step, start + (end - start) * min(max(share, 0.0), 1.0))

    return progress
