"""What the device's callback plays, without a device."""

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.sinks.playout import Playout

RATE = 48_000
BLOCK = 480
FADE = 960


def make() -> Playout:
    return Playout(RATE, 200, lambda: 7.0)


def play(playout: Playout, blocks: int, channels: int = 1) -> Samples:
    out = np.full((blocks * BLOCK, channels), 9, np.float32)
    for block in out.reshape(blocks, BLOCK, channels):
        playout.fill(block, 0.04)
    heard: Samples = out[:, channels - 1]
    return heard


def ones(num_samples: int) -> Samples:
    return np.ones(num_samples, np.float32)


def test_nothing_written_is_silence_and_no_underrun() -> None:
    playout = make()

    assert not play(playout, 3).any()
    assert playout.underruns == 0


def test_every_channel_plays_the_same() -> None:
    playout = make()
    playout.put(ones(BLOCK))

    assert (play(playout, 1, channels=2) == 1).all()


def test_it_takes_no_more_than_its_buffer() -> None:
    assert make().put(ones(RATE)) == RATE // 5


@pytest.mark.parametrize("left", [0, 100, 300])
def test_a_gap_counts_once_and_has_soft_edges(left: int) -> None:
    playout = make()
    playout.put(ones(BLOCK + left))
    first = play(playout, 4)
    playout.put(ones(2 * BLOCK))
    second = play(playout, 1)

    assert playout.underruns == 1
    assert np.abs(np.diff(np.concatenate([first, second]))).max() < 0.05


def test_running_dry_after_the_last_sample_is_no_underrun() -> None:
    playout = make()
    playout.put(ones(BLOCK + 100))
    playout.expecting = False

    play(playout, 3)
    assert playout.underruns == 0


def test_a_cut_fades_over_what_was_written_and_drops_the_rest() -> None:
    playout = make()
    playout.put(ones(10 * BLOCK))
    play(playout, 1)
    playout.request_cut(ones(FADE))
    heard = play(playout, 5)

    assert not playout.cut_wanted
    assert playout.cut_dropped == 9 * BLOCK - FADE
    assert (np.diff(heard[:FADE]) < 0).all()
    assert not heard[FADE:].any()
    assert playout.ring.available() == 0
    assert playout.underruns == 0


def test_a_cut_with_nothing_left_fades_over_what_would_have_come_next() -> None:
    playout = make()
    playout.put(ones(BLOCK))
    play(playout, 1)
    playout.request_cut(ones(FADE))
    heard = play(playout, 4)

    assert playout.cut_dropped == 0
    assert heard[0] > 0.99
    assert np.abs(np.diff(heard)).max() < 0.01
    assert not heard[FADE:].any()


@pytest.mark.parametrize("left", [0, 1, 5, 700])
def test_a_cut_with_too_little_left_still_ends_in_silence(left: int) -> None:
    playout = make()
    playout.put(ones(left))
    playout.request_cut(ones(0))
    heard = play(playout, 4)

    assert not playout.cut_wanted
    assert not heard[left:].any()
    assert left < 100 or np.abs(np.diff(heard)).max() < 0.01


def test_what_is_written_after_a_cut_is_played_in_full() -> None:
    playout = make()
    playout.put(ones(5 * BLOCK))
    playout.request_cut(ones(0))
    play(playout, 4)
    playout.begin()
    playout.put(ones(BLOCK))

    assert (play(playout, 1) == 1).all()
