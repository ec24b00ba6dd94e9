"""The ring between the loop and the device's callback loses nothing."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.sinks.ring import Ring


@settings(deadline=None)
@given(
    capacity=st.integers(1, 50),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 80)), max_size=60),
)
def test_what_goes_in_comes_out_once_and_in_order(
    capacity: int, steps: list[tuple[bool, int]]
) -> None:
    ring = Ring(capacity)
    given_count = 0
    came_out: list[float] = []

    for is_put, size in steps:
        if is_put:
            given_count += ring.put(np.arange(given_count, given_count + size, dtype=np.float32))
        else:
            block = np.full(size, -1, np.float32)
            count = ring.take_into(block)
            came_out += block[:count].tolist()
            assert (block[count:] == -1).all()
        assert 0 <= ring.available() <= capacity
        assert ring.available() + ring.room() == capacity

    assert ring.drop() == given_count - len(came_out)
    assert came_out == list(range(len(came_out)))


@contextmanager
def switching_often() -> Iterator[None]:
    """Let threads take turns every few byte codes."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_a_writer_and_a_reader_in_two_threads_agree() -> None:
    ring = Ring(97)
    total = 20_000
    samples = np.arange(total, dtype=np.float32)

    def write() -> None:
        position = 0
        while position < total:
            position += ring.put(samples[position : position + 31])

    received = np.zeros(total, np.float32)
    with switching_often():
        writer = threading.Thread(target=write)
        writer.start()
        position = 0
        while position < total:
            position += ring.take_into(received[position : position + 17])
        writer.join()

    np.testing.assert_array_equal(received, samples)
