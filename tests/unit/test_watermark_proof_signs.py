"""The signs that a proof gives away are those of one utterance, and nothing else of the key."""

import numpy as np
import pytest

from voices.watermark.grid import BLOCK_CHIPS, NUM_BANDS, PERIOD_BLOCKS, PERIOD_CHIPS
from voices.watermark.keys import epoch_key
from voices.watermark.pattern import PILOT, block, marked_signs
from voices.watermark.payload import Payload32, coded_signs
from voices.watermark.proof import expected_signs, packed, signs_digest, unpacked

KEY = epoch_key(bytes(range(32)), 7)
PAYLOAD = Payload32(1, 2, 345_678)


@pytest.mark.parametrize("start_phase", [0, 5, BLOCK_CHIPS * 3 + 11, PERIOD_CHIPS - 4])
def test_the_signs_are_those_that_the_marker_lays_and_none_is_a_pilot(start_phase: int) -> None:
    coded = coded_signs(PAYLOAD, KEY.tag_key)
    laid = np.concatenate([marked_signs(KEY, index, coded) for index in range(PERIOD_BLOCKS)])
    roles = np.concatenate([block(KEY, index).roles for index in range(PERIOD_BLOCKS)])
    laid, roles = (np.roll(each, -start_phase, axis=0)[:63] for each in (laid, roles))

    signs = unpacked(expected_signs(KEY, PAYLOAD, start_phase, 1.0))

    assert signs.shape == (63, NUM_BANDS)
    given = signs != 0
    assert np.array_equal(signs[given], laid[given])
    assert PILOT not in roles[given]
    assert 0.25 < given.mean() < 0.29


def test_announcements_that_differ_by_a_number_have_unlike_signs() -> None:
    """Of all data cells four in ten would be alike: most bits of the payload are the same."""
    one = unpacked(expected_signs(KEY, PAYLOAD, 0, 10.0)).astype(np.float64)
    likeness = [
        float((one * unpacked(expected_signs(KEY, Payload32(1, 2, number), 0, 10.0))).sum())
        / float((one**2).sum())
        for number in range(345_679, 345_719)
    ]
    assert np.mean(likeness) == pytest.approx(0, abs=0.06)
    assert max(likeness) < 0.45


def test_the_signs_depend_on_whole_milliseconds_only() -> None:
    """What is recomputed from the log's `duration_ms` has the digest of when it was said."""
    rounded = expected_signs(KEY, PAYLOAD, 9, round(1000 * 2.31987) / 1000)

    assert expected_signs(KEY, PAYLOAD, 9, 2.31987) == rounded


def test_more_than_a_period_gives_no_more_away_than_a_period() -> None:
    assert len(unpacked(expected_signs(KEY, PAYLOAD, 9, 600.0))) == PERIOD_CHIPS


def test_another_utterance_has_another_digest() -> None:
    digests = {
        signs_digest(expected_signs(KEY, payload, phase, seconds))
        for payload in (PAYLOAD, Payload32(1, 2, 345_679))
        for phase in (0, 1)
        for seconds in (3.0, 4.0)
    }
    assert len(digests) == 8
    assert {len(each) for each in digests} == {64}


def test_other_bytes_are_no_signs() -> None:
    """33 chips leave padding at the end, which must be zero."""
    good = expected_signs(KEY, PAYLOAD, 9, 0.528)
    both = good[:2] + b"\xff" * (len(good) - 2)
    padded = good[:-1] + bytes([good[-1] | 1])
    for other in (b"", b"\0\0", good[:-1], good + b"\0", b"\xff\xff" + good[2:], both, padded):
        with pytest.raises(ValueError, match="no signs"):
            unpacked(other)


def test_packing_loses_nothing() -> None:
    signs = np.random.default_rng(1).integers(-1, 2, (37, NUM_BANDS)).astype(np.int8)

    assert np.array_equal(unpacked(packed(signs)), signs)
