"""The signs of a proof are found where they are, and chance is never underrated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.marked_speech import RATE, mark_speech, syllables
from tests.fakes.speech_material import reader
from voices.watermark.features import power_spectra, ripple
from voices.watermark.grid import NUM_BANDS
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import epoch_key
from voices.watermark.laid_signs import LaidSigns
from voices.watermark.payload import Payload32
from voices.watermark.proof import expected_signs, unpacked
from voices.watermark.proof_search import find_signs
from voices.watermark.tails import log_tail

KEY = epoch_key(bytes(range(32)), 7)
MARK = UtteranceMark(Payload32(1, 2, 345_678), 7, 4_500)
SIGNS = unpacked(expected_signs(KEY, MARK.payload, MARK.start_phase, 8.0))


def test_the_utterance_is_found_inside_of_a_longer_recording() -> None:
    speech = reader("sonnet_1_en")
    marked = mark_speech(speech[: 8 * RATE], KEY, MARK)
    before, after = speech[10 * RATE : 35 * RATE], speech[35 * RATE : 45 * RATE]
    shares: list[float] = []
    found = find_signs(np.concatenate((before, marked, after)), RATE, SIGNS, progress=shares.append)

    assert found.p_value < 1e-20
    ((start_s, end_s),) = found.spans
    assert start_s == pytest.approx(25, abs=0.4)
    assert end_s == pytest.approx(33, abs=0.4)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_parts_that_were_cut_out_and_joined_are_found() -> None:
    marked = mark_speech(reader("sonnet_1_en")[: 8 * RATE], KEY, MARK)
    joined = np.concatenate((marked[: 4 * RATE], marked[int(4.7 * RATE) :]))

    assert find_signs(joined, RATE, SIGNS).p_value < 1e-9


def test_random_signs_fit_speech_no_better_than_the_bound_says() -> None:
    """Any speech will do: it is the signs that are random."""
    frames = ripple(power_spectra(reader("sonnet_1_en")[: 6 * RATE], 1.0), 1.0)
    random = np.random.default_rng(3)
    log_ps = []
    for _ in range(200):
        laid = LaidSigns(random.choice(np.array([-1, 0, 0, 1], np.int8), (400, NUM_BANDS)))
        log_ps.append(log_tail(laid.best(frames).z) + np.log(laid.num_places(frames)))

    assert min(log_ps) > np.log(1e-4)
    assert np.mean(np.array(log_ps) < np.log(0.1)) <= 0.1


@settings(max_examples=6, deadline=None)
@given(
    size=st.integers(0, 30_000),
    level=st.sampled_from([0.0, 1e-9, 0.3, 50.0, np.nan, np.inf]),
    rate=st.sampled_from([8_000, 16_000, 44_100]),
)
def test_any_samples_get_an_answer(size: int, level: float, rate: int) -> None:
    samples = (level * syllables(2)[:1_000]).astype(np.float32)
    found = find_signs(np.resize(samples, size), rate, SIGNS[:60])

    assert 0 < found.p_value <= 1
    assert found.spans == ()
