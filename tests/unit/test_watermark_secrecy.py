"""Without its key a mark is nowhere to be found, and copies of it are no way to be rid of it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.fakes.marked_speech import RATE, Samples, mark_speech, syllables
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import detect
from voices.watermark.evidence import Pieces
from voices.watermark.features import Matrix, at_analysis_rate, power_spectra, ripple
from voices.watermark.grid import PERIOD_CHIPS
from voices.watermark.issue import issue, place
from voices.watermark.keys import EpochKey, epoch_key, family_key

HOUSEHOLD = bytes(range(32))
WEEK = family_key(HOUSEHOLD, 7)
TEXT = b"a text in a voice"
MARK = issue(2, 345_678, WEEK, TEXT)
PERIOD = MARK.start_phase // PERIOD_CHIPS
PLAIN = syllables(3)
MARKED = mark_speech(PLAIN, WEEK, MARK)
OTHER_KEYS = [
    pytest.param(family_key(bytes(32), 7).period(PERIOD), id="another household"),
    pytest.param(family_key(HOUSEHOLD, 8).period(PERIOD), id="another epoch"),
    pytest.param(WEEK.period(PERIOD + 1), id="another period"),
]


def ripple_of(samples: Samples) -> Matrix:
    return ripple(power_spectra(at_analysis_rate(samples, RATE), 1.0), 1.0)


def copies(count: int, texts: Sequence[bytes]) -> list[Samples]:
    """The same sound again and again, issued as if it said each of the texts in turn."""
    marks = [issue(2, number, WEEK, texts[number % len(texts)]) for number in range(count)]
    return [mark_speech(PLAIN, WEEK, mark) for mark in marks]


def log_p_beside_the_mean(heard: list[Samples]) -> float:
    """How conspicuous the pattern of `TEXT` is in what the first copy differs from the mean."""
    ripples = [ripple_of(each) for each in heard]
    difference = np.asarray(ripples[0] - np.mean(ripples, axis=0), np.float32)
    return Pieces(difference).straight(KeyPattern.of(WEEK.period(PERIOD))).log_p


@pytest.mark.parametrize("key", OTHER_KEYS)
def test_another_key_finds_no_mark_and_no_payload(key: EpochKey) -> None:
    """At this level the search must report the best it has."""
    found = detect(MARKED, RATE, [key], level=1.0, other_speeds=False)

    assert found.p_value > 0.01
    assert found.payload is None


def test_to_no_other_key_is_marked_speech_conspicuous() -> None:
    heard = Pieces(ripple_of(MARKED))
    patterns = [KeyPattern.of(WEEK.period(PERIOD + ahead)) for ahead in range(1, 13)]
    log_ps = np.array([heard.straight(pattern).log_p for pattern in patterns])

    assert log_ps.min() > np.log(1e-2)
    assert heard.straight(KeyPattern.of(WEEK.period(PERIOD))).log_p < np.log(1e-24)


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


def test_patterns_of_two_periods_agree_by_chance() -> None:
    one, other = (KeyPattern.of(WEEK.period(index)).signs for index in (0, 1))

    assert abs(np.mean(one == other) - 0.5) < 0.01


def test_the_mean_of_many_copies_bears_the_mark_and_no_payload_that_was_not_issued() -> None:
    mean = np.asarray(np.mean(copies(20, [TEXT]), axis=0), np.float32)
    issued = [issue(2, number, WEEK, None).payload for number in range(200)]

    found = detect(mean, RATE, [WEEK.period(PERIOD)], candidates={7: issued}, other_speeds=False)

    assert found.p_value < 1e-24
    assert found.payload is None or found.payload.number < 20


def test_only_copies_at_other_places_show_the_pattern_beside_their_mean() -> None:
    assert log_p_beside_the_mean(copies(8, [TEXT])) > np.log(1e-2)
    assert log_p_beside_the_mean(copies(8, [TEXT, b"another text"])) < np.log(1e-24)


@settings(deadline=None)
@given(texts=st.sets(st.binary(max_size=40), min_size=30, max_size=40))
def test_other_texts_lie_elsewhere(texts: set[bytes]) -> None:
    """But for a chance of one in thousands."""
    places = np.array([place(WEEK, text) for text in texts])

    assert len(set(places.tolist())) >= len(texts) - 1
    assert len(set((places // PERIOD_CHIPS).tolist())) > len(texts) / 3


def test_a_text_that_is_still_to_come_lies_anywhere() -> None:
    assert len({issue(2, 0, WEEK, None).start_phase for _ in range(20)}) > 15
