"""Levels, windows, and the memory a take lies in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.audio.stage import Samples
from hub_agent.recording.meter import (
    SILENCE_DBFS,
    Level,
    Loudness,
    Windows,
    level_of,
    room_noise_dbfs,
)
from hub_agent.recording.take_buffer import TakeBuffer

RATE = 16_000


def _ramp(count: int) -> Samples:
    return np.arange(1, count + 1, dtype=np.float32)


def test_a_sine_has_its_level() -> None:
    sine = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)

    level = level_of(sine)
    assert level.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert level.rms_dbfs == pytest.approx(-9.03, abs=0.01)


def test_silence_and_nonsense_are_silent() -> None:
    assert level_of(np.zeros(10, np.float32)) == Level(SILENCE_DBFS, SILENCE_DBFS)
    assert level_of(np.full(10, np.nan, np.float32)) == Level(SILENCE_DBFS, SILENCE_DBFS)


@pytest.mark.parametrize(
    ("level", "loudness"),
    [
        (Level(-22.0, -8.0), Loudness.GOOD),
        (Level(-48.0, -35.0), Loudness.TOO_QUIET),
        (Level(-9.0, 0.0), Loudness.CLIPPING),
    ],
)
def test_a_level_is_told_in_words(level: Level, loudness: Loudness) -> None:
    assert level.loudness is loudness


def test_the_click_of_switching_on_does_not_count_as_noise() -> None:
    levels = [Level(-10.0, 0.0)] * 6 + [Level(-60.0, -50.0)] * 4

    assert room_noise_dbfs(levels) == -60.0


@given(cuts=st.lists(st.integers(0, 2_000), max_size=30))
def test_windows_are_the_same_however_the_sound_comes_in(cuts: list[int]) -> None:
    sound = _ramp(sum(cuts))
    windows = Windows(RATE)
    found: list[Samples] = []
    at = 0
    for cut in cuts:
        found += [window.copy() for window in windows.cut(sound[at : at + cut])]
        at += cut

    assert all(window.size == 800 for window in found)
    assert len(found) == sound.size // 800
    whole = np.concatenate([np.zeros(0, np.float32), *found])
    assert np.array_equal(whole, sound[: whole.size])


def test_a_take_keeps_what_came_just_before_it() -> None:
    buffer = TakeBuffer(RATE, 2.0)
    buffer.add(_ramp(RATE))
    buffer.keep_last(0.25)
    buffer.add(_ramp(1_000))
    assert buffer.duration_s == pytest.approx(0.3125)

    take = buffer.cut(without_last_s=0.0)
    assert np.array_equal(take, np.concatenate([_ramp(RATE)[-4_000:], _ramp(1_000)]))


def test_the_silence_at_the_end_of_a_take_is_cut_off() -> None:
    buffer = TakeBuffer(RATE, 2.0)
    buffer.add(_ramp(RATE))

    assert np.array_equal(buffer.cut(without_last_s=0.75), _ramp(RATE // 4))


def test_a_take_beyond_its_memory_keeps_its_beginning() -> None:
    buffer = TakeBuffer(RATE, 0.5)
    buffer.add(_ramp(RATE))

    assert np.array_equal(buffer.cut(without_last_s=0.0), _ramp(RATE // 2))


@pytest.mark.parametrize("ending", ["cut", "wipe", "keep"])
def test_nothing_of_a_voice_stays_in_the_buffer(ending: str) -> None:
    buffer = TakeBuffer(RATE, 1.0)
    buffer.add(_ramp(RATE))
    if ending == "cut":
        buffer.cut(without_last_s=0.5)
    elif ending == "wipe":
        buffer.wipe()
    else:
        buffer.keep_last(0.0)

    assert not buffer._samples.any()
    assert buffer.duration_s == 0.0
