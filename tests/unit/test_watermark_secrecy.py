"""Without its key a mark is nowhere to be found, and its payload is not read."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.fakes.marked_speech import RATE, Samples, mark_speech, syllables
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import detect
from voices.watermark.evidence import Pieces
from voices.watermark.features import at_analysis_rate, power_spectra, ripple
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey, epoch_key
from voices.watermark.payload import Payload32

HOUSEHOLD = bytes(range(32))
KEY = epoch_key(HOUSEHOLD, 7)
MARK = UtteranceMark(Payload32(1, 2, 345_678), 7, 4_500)
PLAIN = syllables(3)
MARKED = mark_speech(PLAIN, KEY, MARK)
OTHER_KEYS = [
    pytest.param(epoch_key(bytes(32), 7), id="another household"),
    pytest.param(epoch_key(HOUSEHOLD, 8), id="another epoch"),
]


def pieces_of(samples: Samples) -> Pieces:
    return Pieces(ripple(power_spectra(at_analysis_rate(samples, RATE), 1.0), 1.0))


def mean_of_copies(marks: list[UtteranceMark]) -> Samples:
    copies = [mark_speech(PLAIN, KEY, mark) for mark in marks]
    return np.asarray(np.mean(copies, axis=0), np.float32)


@pytest.mark.parametrize("key", OTHER_KEYS)
def test_another_key_finds_no_mark_and_no_payload(key: EpochKey) -> None:
    """At this level the search must report the best it has."""
    found = detect(MARKED, RATE, [key], level=1.0, other_speeds=False)

    assert found.p_value > 0.01
    assert found.payload is None


def test_to_no_other_key_is_marked_speech_conspicuous() -> None:
    heard = pieces_of(MARKED)
    patterns = [KeyPattern.of(epoch_key(HOUSEHOLD, 100 + week)) for week in range(12)]
    log_ps = np.array([heard.straight(pattern).log_p for pattern in patterns])

    assert log_ps.min() > np.log(1e-2)
    assert heard.straight(KeyPattern.of(KEY)).log_p < np.log(1e-24)


@settings(max_examples=5, deadline=None)
@given(
    first=st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 1 << 20)),
    second=st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 1 << 20)),
)
def test_patterns_of_two_keys_agree_by_chance(
    first: tuple[bytes, int], second: tuple[bytes, int]
) -> None:
    assume(first != second)
    one, other = (KeyPattern.of(epoch_key(*each)).signs for each in (first, second))

    assert abs(np.mean(one == other) - 0.5) < 0.01


def test_the_mean_of_three_copies_still_bears_the_mark() -> None:
    marks = [UtteranceMark(Payload32(1, 2, number), 7, 1_500 * number) for number in range(3)]

    assert detect(mean_of_copies(marks), RATE, [KEY], other_speeds=False).detected


def test_copies_that_start_at_one_place_keep_the_mark_however_many_are_averaged() -> None:
    marks = [UtteranceMark(Payload32(1, 2, number), 7, 4_500) for number in range(20)]

    found = detect(mean_of_copies(marks), RATE, [KEY], other_speeds=False)

    assert found.p_value < 1e-24
