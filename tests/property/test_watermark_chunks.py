"""Marking never depends on how the samples come."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voices.watermark.embedder import Marker, Strength
from voices.watermark.keys import epoch_key
from voices.watermark.payload import CODED_BITS, Payload32, coded_signs, message_bits, read_message

KEY = epoch_key(bytes(range(32)), 7)
PLAIN = np.random.default_rng(3).normal(0, 0.1, 20_000).astype(np.float32)

payloads = st.integers(0, (1 << 32) - 1).map(Payload32.from_int)


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(0, PLAIN.size),
    cuts=st.lists(st.integers(0, PLAIN.size), max_size=40),
    rate=st.sampled_from([16_000, 22_050, 24_000, 44_100, 48_000]),
    start=st.integers(0, 4607),
    payload=payloads,
    strength=st.sampled_from(Strength),
)
def test_any_chunks_give_the_same_samples_and_the_same_length(
    size: int, cuts: list[int], rate: int, start: int, payload: Payload32, strength: Strength
) -> None:
    whole = Marker(KEY, payload, rate, start, strength)
    pieces = Marker(KEY, payload, rate, start, strength)
    edges = sorted([0, size, *(min(cut, size) for cut in cuts)])

    at_once = np.concatenate([whole.process(PLAIN[:size]), whole.finish()])
    streamed = [pieces.process(PLAIN[first:last]) for first, last in pairwise(edges)]
    in_pieces = np.concatenate([*streamed, pieces.finish()])

    assert at_once.dtype == np.float32
    assert at_once.size == size
    assert np.array_equal(at_once, in_pieces)


@given(payload=payloads, secret=st.binary(min_size=32, max_size=32))
def test_every_payload_comes_back_from_its_own_bits(payload: Payload32, secret: bytes) -> None:
    assert read_message(message_bits(payload, secret), secret) == payload
    assert set(coded_signs(payload, secret).tolist()) <= {-1, 1}
    assert coded_signs(payload, secret).size == CODED_BITS
