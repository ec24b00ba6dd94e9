"""How soon a Wyoming server tells its voices while it speaks to somebody else."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

from tests.bench.texts import one_sentence
from tests.bench.wyoming_client import describe, synthesise
from tests.home_assistant.latency.times import LONGEST

TRIES: Final = 30
_LONGEST_S: Final = 40.0
"""A server that answers only between two texts gets fewer tries."""
_PAUSE_S: Final = 0.02
_SPAWN: Final = multiprocessing.get_context("spawn")

Span = tuple[float, float]
"""From when to when, on the monotonic clock that all processes share."""


def described_while_speaking(port: int, dialogue: str) -> list[float]:
    """Seconds of up to `TRIES` answers, each asked for while the longest text was spoken.

    The listener is a process of its own, so that its work does not count.
    """
    asked: list[tuple[float, float]] = []
    spoken: list[Span] = []
    ends = time.monotonic() + _LONGEST_S
    with _listener(port, dialogue) as told:
        while len(taken := _during(spoken, asked)) < TRIES:
            if taken and time.monotonic() > ends:
                break
            time.sleep(_PAUSE_S)
            asked.append((time.monotonic(), describe(port)))
            while told.poll():
                spoken.append(told.recv())
    return taken[:TRIES]


def _during(spoken: Sequence[Span], asked: Sequence[tuple[float, float]]) -> list[float]:
    return [took for at, took in asked if any(began <= at <= ended for began, ended in spoken)]


@contextmanager
def _listener(port: int, dialogue: str) -> Iterator[Connection]:
    """It tells when it was spoken to; `EOFError` there when it could not go on."""
    told, tells = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_listen, args=(port, dialogue, tells), daemon=True)
    process.start()
    tells.close()
    try:
        yield told
    finally:
        process.terminate()
        process.join()


def _listen(port: int, dialogue: str, tells: Connection) -> None:
    text = one_sentence(LONGEST)
    while True:
        began = time.monotonic()
        synthesise(port, text, dialogue)
        tells.send((began, time.monotonic()))
