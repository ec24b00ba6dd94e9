"""The measuring instruments themselves: what they read must be right."""

import socket
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.figures import paired_ratio, percentile, slope, summarise
from tests.bench.rig.ports import HOST
from tests.bench.rig.receiver import AUDIBLE_INT16, AudibleDetector, PcmReceiver
from tests.bench.texts import one_sentence, several_sentences, short_words

LOUD = round(AUDIBLE_INT16) + 1
QUIET = int(AUDIBLE_INT16)


def pcm(*samples: int) -> bytes:
    return np.array(samples, dtype="<i2").tobytes()


@given(st.lists(st.integers(-32768, 32767), max_size=40), st.integers(1, 7))
def test_audible_samples_are_found_however_the_bytes_are_cut(samples: list[int], cut: int) -> None:
    data = pcm(*samples)
    detector = AudibleDetector()
    heard = [detector.feed(data[i : i + cut]) for i in range(0, len(data), cut)]
    assert any(heard) == any(abs(sample) > AUDIBLE_INT16 for sample in samples)


def test_a_sound_just_below_the_threshold_is_not_audible() -> None:
    assert not AudibleDetector().feed(pcm(QUIET, -QUIET))
    assert AudibleDetector().feed(pcm(-LOUD))


def test_the_receiver_stamps_the_first_audible_sample_and_not_the_silence_before() -> None:
    with PcmReceiver() as receiver, socket.create_connection((HOST, receiver.port)) as sink:
        receiver.arm()
        sink.sendall(pcm(0, 0, QUIET))
        assert receiver.first_audible(0.05) is None
        before = time.monotonic()
        sink.sendall(pcm(0, LOUD))
        first = receiver.first_audible(5.0)
        assert first is not None
        assert before <= first <= time.monotonic()
        receiver.arm()
        assert receiver.first_audible(0.0) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_percentiles_are_values_that_were_measured(values: list[float]) -> None:
    summary = summarise(values)
    assert percentile(values, 100) == max(values)
    assert {summary.p90, summary.p99} <= set(values)
    assert summary.minimum <= summary.p50 <= summary.p90 <= summary.p99 <= summary.maximum


def test_a_paired_ratio_survives_a_machine_whose_speed_drifts() -> None:
    drift = [1.0, 3.0, 0.5, 2.0, 1.5]
    ratio = paired_ratio([20 * d for d in drift], drift)
    assert ratio.median == pytest.approx(20)
    assert ratio.low == pytest.approx(20)
    assert ratio.high == pytest.approx(20)


def test_the_slope_of_a_line_is_its_slope() -> None:
    assert slope([0, 1, 2], [5, 7, 9]) == pytest.approx(2)
    assert slope([1, 1], [0, 9]) == 0


@pytest.mark.parametrize("make", [one_sentence, several_sentences, short_words])
@pytest.mark.parametrize("words", [2, 12, 13, 200])
def test_texts_have_the_length_they_promise(make: object, words: int) -> None:
    assert callable(make)
    text = make(words)
    assert len(text.split()) == words
    assert text.endswith(".")


def test_the_longest_text_fits_into_one_message() -> None:
    assert len(short_words(2000).encode()) < 8000
