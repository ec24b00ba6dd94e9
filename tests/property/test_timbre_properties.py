"""Properties of the analysis behind family voices."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.timbre.frames import HOP, RATE, cepstra, frames_of, log_mel
from hub_agent.timbre.listening import pause_threshold, unit
from hub_agent.timbre.pitch import Pitch, marks_of, pitch_of
from hub_agent.timbre.script import PAUSE, Script


def noise(seed: int, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return (np.random.default_rng(seed).standard_normal(size) * 0.1).astype(np.float32)


@given(st.integers(0, 5000), st.integers(0, 2**32 - 1))
def test_every_hop_has_a_frame_centred_at_it(size: int, seed: int) -> None:
    samples = noise(seed, size)
    frames = frames_of(samples)
    assert len(frames) == size // HOP + 1
    middle = frames[:, frames.shape[1] // 2]
    inside = np.arange(len(frames)) * HOP < size
    assert np.array_equal(middle[inside], samples[::HOP][: inside.sum()])


@settings(deadline=None)
@given(st.floats(0.1, 4.0), st.integers(0, 1000))
def test_loudness_moves_only_the_first_cepstrum(gain: float, seed: int) -> None:
    samples = noise(seed, 4000)
    quiet, loud = (cepstra(log_mel(each)) for each in (samples, samples * np.float32(gain)))
    assert np.allclose(quiet[2:-2, 1:], loud[2:-2, 1:], atol=0.05)


@settings(deadline=None, max_examples=20)
@given(st.floats(70, 400))
def test_the_pitch_of_a_buzz_is_found_and_marked_every_period(hertz: float) -> None:
    phase = 2 * np.pi * hertz * np.arange(RATE // 2) / RATE
    buzz = sum(np.cos(number * phase) / number for number in range(1, 8))
    samples = np.asarray(0.1 * buzz, np.float32)
    found = pitch_of(samples)
    assert abs(found.median_hz() / hertz - 1) < 0.02
    gaps = np.diff(marks_of(samples, Pitch(found.hertz)))
    assert abs(float(np.median(gaps)) * hertz / RATE - 1) < 0.03


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_noise_has_no_pitch(seed: int) -> None:
    assert pitch_of(noise(seed, RATE)).voiced.mean() < 0.3


@given(st.floats(-90, -45), st.floats(20, 40), st.integers(0, 1000))
def test_the_threshold_lies_between_pauses_and_speech(
    floor: float, distance: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    pauses, speech = random.normal(floor, 2, 200), random.normal(floor + distance, 2, 300)
    level = np.concatenate((pauses, speech)).astype(np.float32)
    assert floor < pause_threshold(level) < floor + distance


@given(st.integers(2, 30), st.integers(0, 1000))
def test_another_order_of_words_keeps_every_frame_and_every_pause(words: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 9, words)
    frame = np.concatenate([[PAUSE, *range(length)] for length in lengths] + [[PAUSE]])
    word = np.concatenate([np.repeat(np.arange(words), lengths + 1), [words]])
    script = Script(frame, word)
    other = script.reordered(random.permutation(words))
    assert sorted(other.frame) == sorted(script.frame)
    assert other.num_words == words
    assert (np.diff(other.word) >= 0).all()


@given(st.integers(0, 1000))
def test_unit_rows_have_length_one(seed: int) -> None:
    rows = unit(noise(seed, 130).reshape(10, 13))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
