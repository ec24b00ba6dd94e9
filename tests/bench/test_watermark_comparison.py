import numpy as np

from tests.bench.watermark_attacks import ATTACKS, RATE
from tests.bench.watermark_comparison import Trial, compared
from tests.bench.watermark_survival import attacked


def _trial(*, p_value: float, confidence: float) -> Trial:
    return Trial(attack="none", length_s=3, p_value=p_value, read=False, confidence=confidence)


def test_two_marked_versions_of_a_clip_lose_the_same_packets_and_are_cut_at_the_same_place() -> (
    None
):
    dropouts = next(each for each in ATTACKS if each.name == "dropouts")
    ones = np.ones(10 * RATE, np.float32)

    ours, theirs = (attacked(dropouts, ones * level, 3, (10, 3, 1)) for level in (0.5, 0.25))

    for length_s, piece in ours.items():
        assert np.array_equal(piece, 2 * theirs[length_s])
    assert 0 < np.mean(ours[10] == 0) < 0.1


def test_each_mark_counts_as_found_by_its_own_measure() -> None:
    heard = [_trial(p_value=1e-7, confidence=0.4), _trial(p_value=1e-5, confidence=0.5)]

    (row,) = compared(heard)

    assert (row.found_1e4, row.found_1e6, row.peer_found) == (1, 0.5, 0.5)
    assert row.clips == 2
