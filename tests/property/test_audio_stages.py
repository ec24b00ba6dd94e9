"""What holds for every streaming stage, whatever goes in and however it is cut."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.audio.gain import Gain
from hub_agent.audio.join import Joiner
from hub_agent.audio.limiter import Limiter
from hub_agent.audio.resample import Resampler, resample
from hub_agent.audio.stage import Chain, Samples, Stage

RATE = 24_000
CEILING = 10 ** (-1 / 20)


STAGES: dict[str, Callable[[], Stage]] = {
    "gain": lambda: Gain(-6.0),
    "limiter": lambda: Limiter(RATE),
    "joiner": lambda: Joiner(RATE),
    "resampler up": lambda: Resampler(22_050, 48_000),
    "resampler down": lambda: Resampler(48_000, 16_000),
    "resampler passing through": lambda: Resampler(RATE, RATE),
    "chain": lambda: Chain(Gain(-6.0), Limiter(RATE), Joiner(RATE)),
}

_PIECES = st.lists(
    st.tuples(st.sampled_from(["silence", "noise", "hiss", "loud", "step"]), st.integers(0, 3000)),
    max_size=6,
)


def _signal(pieces: list[tuple[str, int]], seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    levels = {"silence": 0.0, "noise": 0.3, "hiss": 0.001, "loud": 3.0}
    parts = [np.zeros(0)]
    for kind, length in pieces:
        noise = rng.standard_normal(length)
        parts.append(np.ones(length) if kind == "step" else levels[kind] * noise)
    return np.concatenate(parts).astype(np.float32)


def _cut(samples: Samples, seed: int) -> list[Samples]:
    rng = np.random.default_rng(seed)
    places = np.sort(rng.integers(0, samples.size + 1, size=int(rng.integers(0, 40))))
    return list(np.split(samples, places))


def _run(chunks: list[Samples], stage: Stage) -> Samples:
    return np.concatenate([*(stage.process(chunk) for chunk in chunks), stage.finish()])


@pytest.mark.parametrize("name", STAGES)
@settings(max_examples=40, deadline=None)
@given(pieces=_PIECES, seed=st.integers(0, 2**32 - 1))
def test_cutting_the_input_differently_never_changes_the_output(
    name: str, pieces: list[tuple[str, int]], seed: int
) -> None:
    samples = _signal(pieces, seed)

    whole = _run([samples], STAGES[name]())
    in_pieces = _run(_cut(samples, seed), STAGES[name]())

    assert whole.dtype == in_pieces.dtype == np.float32
    np.testing.assert_array_equal(whole, in_pieces)


@pytest.mark.parametrize("name", STAGES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), block=st.integers(1, 400))
def test_no_stage_lags_further_behind_its_input_than_it_says(
    name: str, seed: int, block: int
) -> None:
    samples = _signal([("noise", 4000)], seed)
    stage = STAGES[name]()
    rate_in, rate_out = (22_050, 48_000) if name == "resampler up" else (RATE, RATE)
    if name == "resampler down":
        rate_in, rate_out = 48_000, 16_000
    taken = given_back = 0

    for chunk in np.split(samples, range(block, samples.size, block)):
        taken += chunk.size
        given_back += stage.process(chunk).size
        lag_ms = 1000 * (taken / rate_in - given_back / rate_out)
        assert lag_ms <= stage.look_ahead_ms + 1.01e3 / rate_out


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(width=32), max_size=300),
    block=st.integers(1, 100),
    quiet=st.integers(0, 200),
)
def test_nothing_leaves_the_limiter_above_its_ceiling(
    values: list[float], block: int, quiet: int
) -> None:
    samples = np.concatenate([np.zeros(quiet), np.array(values)]).astype(np.float32)
    chunks = np.split(samples, range(block, samples.size, block))

    limited = _run(list(chunks), Limiter(RATE))

    assert limited.size == samples.size
    assert np.isfinite(limited).all()
    assert np.abs(limited).max(initial=0.0) <= np.float32(CEILING)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(0, 5000))
def test_the_limiter_leaves_quiet_sound_bit_for_bit_alone(seed: int, length: int) -> None:
    samples = np.random.default_rng(seed).uniform(-0.89, 0.89, length).astype(np.float32)

    np.testing.assert_array_equal(_run(_cut(samples, seed), Limiter(RATE)), samples)


@settings(max_examples=60, deadline=None)
@given(
    rates=st.tuples(
        st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000]),
        st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000]),
    ),
    length=st.integers(0, 20_000),
)
def test_the_resampler_loses_no_samples(rates: tuple[int, int], length: int) -> None:
    rate_in, rate_out = rates

    resampled = resample(np.ones(length, np.float32), rate_in, rate_out)

    assert abs(resampled.size - length * rate_out / rate_in) <= 1
