"""What is computed in several threads is what one thread would have made of it."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.errors import EngineError
from hub_agent.gpt_sovits.parts import InParts
from hub_agent.gpt_sovits.windows import Signal

REACH = 3
RATE = 2


def blurred(signal: Signal) -> Signal:
    """Each sample is heard twice, as the sum of those within `REACH` of it."""
    padded = np.pad(signal, ((0, 0), (0, 0), (REACH, REACH)))
    sums = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1, axis=2).sum(axis=3)
    return np.repeat(sums, RATE, axis=2)


@given(length=st.integers(min_value=1, max_value=200), num_parts=st.integers(1, 6))
def test_parts_make_what_the_whole_would(length: int, num_parts: int) -> None:
    signal = np.arange(length, dtype=np.float32)[None, None] % 17
    in_parts = InParts(blurred, reach=REACH, rate=RATE, num_parts=num_parts)
    np.testing.assert_array_equal(in_parts(signal), blurred(signal))


def test_a_long_signal_is_computed_by_as_many_threads_as_there_are_parts() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def run(signal: Signal) -> Signal:
        meeting.wait()
        return blurred(signal)

    signal = np.ones((1, 1, 60), np.float32)
    in_parts = InParts(run, reach=REACH, rate=RATE, num_parts=3)
    np.testing.assert_array_equal(in_parts(signal), blurred(signal))


def test_a_network_that_sees_nothing_but_its_input_can_be_cut_anywhere() -> None:
    signal = np.arange(7, dtype=np.float32)[None, None]
    in_parts = InParts(lambda part: part, reach=0, rate=1, num_parts=3)
    np.testing.assert_array_equal(in_parts(signal), signal)


def test_when_one_part_fails_the_others_are_waited_for() -> None:
    ended = threading.Event()

    def run(signal: Signal) -> Signal:
        if signal[0, 0, 0] == 0:
            raise ZeroDivisionError
        time.sleep(0.2)
        ended.set()
        return blurred(signal)

    in_parts = InParts(run, reach=REACH, rate=RATE, num_parts=2)
    with pytest.raises(EngineError):
        in_parts(np.arange(60, dtype=np.float32)[None, None])
    assert ended.is_set()


def test_without_threads_it_fails_as_an_engine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    in_parts = InParts(blurred, reach=REACH, rate=RATE, num_parts=2)
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(EngineError):
        in_parts(np.ones((1, 1, 60), np.float32))


def test_when_threads_run_out_halfway_those_that_began_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, started, ended = threading.Thread.start, list[threading.Thread](), threading.Event()

    def start_once(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def run(signal: Signal) -> Signal:
        time.sleep(0.2)
        ended.set()
        return blurred(signal)

    in_parts = InParts(run, reach=REACH, rate=RATE, num_parts=3)
    monkeypatch.setattr(threading.Thread, "start", start_once)
    with pytest.raises(EngineError):
        in_parts(np.ones((1, 1, 60), np.float32))
    assert ended.is_set()


def test_what_goes_wrong_in_any_part_is_told() -> None:
    def run(signal: Signal) -> Signal:
        if signal[0, 0, -1] > 50:
            raise EngineError("the model could not be computed", reason="computing_failed")
        return blurred(signal)

    in_parts = InParts(run, reach=REACH, rate=RATE, num_parts=2)
    with pytest.raises(EngineError):
        in_parts(np.arange(60, dtype=np.float32)[None, None])
