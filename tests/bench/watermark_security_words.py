"""The figures of the attacks of `tests.bench.watermark_security` in words."""

from tests.bench.watermark_collusion import Washed
from tests.bench.watermark_overlaps import Assembled, Original, Repeat


def of_pairs(found: Assembled) -> str:
    """How alike clips are."""
    return (
        f"{found.placed} placed; most similar pair z = {found.pair_z:.1f}, "
        f"unmarked {found.pair_z_unmarked:.1f}"
    )


def of_signs(found: Assembled) -> str:
    """What clips say of each other's pattern."""
    return (
        f"signs told: {found.signs_read:.1%}, with true places "
        f"{found.signs_with_true_places:.1%}, from the clip itself {found.signs_in_itself:.1%}; "
        f"undone, found in {found.still_found:.0%}"
    )


def of_repeat(found: Repeat) -> str:
    """How an utterance agrees with itself."""
    return f"z = {found.z:.1f}, unmarked {found.z_unmarked:.1f}"


def of_original(found: Original) -> str:
    """How many other clips were recognised."""
    return (
        f"{found.found_same_epoch:.1%} of {found.clips} of the same week, "
        f"{found.found_next_epoch:.1%} of the next"
    )


def of_washed(row: Washed) -> str:
    """What is left of the mark."""
    read = f"{row.payloads_read} payloads" if row.payloads_read else "no payload"
    return f"p ≤ {row.p_value:.0e}, {read}, {row.snr_db:.0f} dB"
