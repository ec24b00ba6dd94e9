"""Whatever is looked at, the detector answers, and a score is never too sure of itself."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voices.watermark.decoder import SoftBits, decode, identify
from voices.watermark.detector import detect
from voices.watermark.keys import epoch_key
from voices.watermark.payload import CODED_BITS, Payload32, coded_signs
from voices.watermark.tails import log_tail, probability

KEY = epoch_key(bytes(range(32)), 7)
payloads = st.integers(0, (1 << 32) - 1).map(Payload32.from_int)


def soft(payload: Payload32, noise: float, seed: int) -> SoftBits:
    random = np.random.default_rng(seed)
    sums = coded_signs(payload, KEY.tag_key) + random.normal(0, noise, CODED_BITS)
    energy = CODED_BITS * noise**2
    return SoftBits(sums, energy, float(CODED_BITS), energy)


@settings(max_examples=10, deadline=None)
@given(
    pieces=st.lists(
        st.tuples(
            st.integers(1, 1_500),
            st.floats(width=32),
            st.floats(0, 2),
        ),
        max_size=4,
    ),
    rate=st.sampled_from([8_000, 11_025, 16_000, 48_000]),
    seed=st.integers(0, 99),
)
def test_any_samples_get_an_answer(
    pieces: list[tuple[int, float, float]], rate: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    parts = [level + random.normal(0, noise, size) for size, level, noise in pieces]
    samples = np.concatenate([np.zeros(0), *parts]).astype(np.float32)

    found = detect(samples, rate, [KEY], other_speeds=False)

    assert 0 < found.p_value <= 1
    assert not found.detected
    assert found.spans == ()


@settings(max_examples=15, deadline=None)
@given(payload=payloads, seed=st.integers(0, 1_000))
def test_payloads_are_read_through_noise_as_strong_as_the_bits(
    payload: Payload32, seed: int
) -> None:
    assert decode(soft(payload, 0.8, seed), KEY) == payload


@settings(max_examples=15, deadline=None)
@given(payload=payloads, seed=st.integers(0, 1_000))
def test_noise_alone_says_nothing(payload: Payload32, seed: int) -> None:
    random = np.random.default_rng(seed)
    nothing = SoftBits(random.normal(0, 1, CODED_BITS), float(CODED_BITS), 5.0, 1.0)

    assert decode(nothing, KEY) is None
    assert identify(nothing, KEY, [payload]) is None


@settings(max_examples=15, deadline=None)
@given(issued=st.sets(payloads, min_size=2, max_size=50), seed=st.integers(0, 1_000))
def test_the_list_names_what_the_code_alone_could_not(issued: set[Payload32], seed: int) -> None:
    payload, *others = sorted(issued)

    assert identify(soft(payload, 1.1, seed), KEY, [payload, *others]) == payload
    assert identify(soft(payload, 1.1, seed), KEY, others) is None


@given(z=st.floats(-5, 60))
def test_a_tail_is_a_bound_on_that_of_the_normal_distribution(z: float) -> None:
    assert probability(log_tail(z)) >= min(1.0, 0.5 * math.erfc(z / math.sqrt(2)))
    assert log_tail(z) >= log_tail(z + 0.1)
