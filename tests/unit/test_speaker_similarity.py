"""What cosines between speaker embeddings mean."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voices.speaker.similarity import (
    DIFFERENT_CHANNEL,
    MARGIN,
    SAME_CHANNEL,
    Limits,
    Verdict,
    cosine,
    recognised,
    voice_print,
)

BOTH = (SAME_CHANNEL, DIFFERENT_CHANNEL)
some_embedding = arrays(np.float32, 256, elements=st.floats(0, 1, width=32)).filter(
    lambda each: bool(each.max() > 0.01)
)


@pytest.mark.parametrize(
    ("limits", "same", "unsure", "different"),
    [(SAME_CHANNEL, 0.75, 0.74, 0.67), (DIFFERENT_CHANNEL, 0.70, 0.69, 0.59)],
)
def test_between_same_and_different_nothing_is_decided(
    limits: Limits, same: float, unsure: float, different: float
) -> None:
    assert limits.verdict(same) is Verdict.SAME
    assert limits.verdict(unsure) is Verdict.UNSURE
    assert limits.verdict(different) is Verdict.DIFFERENT


@pytest.mark.parametrize("limits", BOTH)
def test_what_is_no_number_decides_nothing(limits: Limits) -> None:
    assert limits.verdict(math.nan) is Verdict.UNSURE


@given(some_embedding, st.floats(0.1, 10))
def test_loudness_of_an_embedding_does_not_matter(embedding: np.ndarray, factor: float) -> None:
    scaled = (embedding * factor).astype(np.float32)
    assert cosine(embedding, scaled) == pytest.approx(1, abs=1e-5)


def test_nothing_resembles_nobody() -> None:
    assert cosine(np.zeros(256, np.float32), np.ones(256, np.float32)) == 0


@given(st.lists(some_embedding, min_size=1, max_size=4))
def test_a_voice_print_has_unit_length_and_lies_between_its_embeddings(
    embeddings: list[np.ndarray],
) -> None:
    combined = voice_print(embeddings)
    assert np.linalg.norm(combined) == pytest.approx(1, abs=1e-5)
    apart = min(cosine(one, other) for one in embeddings for other in embeddings)
    assert all(cosine(combined, each) >= apart - 1e-5 for each in embeddings)


def test_a_voice_print_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an embedding"):
        voice_print([])


def test_the_best_of_several_is_recognised_only_by_a_clear_margin() -> None:
    assert recognised({"ann": 0.90, "bob": 0.90 - 1.01 * MARGIN}) == "ann"
    assert recognised({"ann": 0.90, "bob": 0.90 - 0.99 * MARGIN}) is None


def test_somebody_unknown_is_not_recognised() -> None:
    assert recognised({}) is None
    assert recognised({"ann": SAME_CHANNEL.accept - 0.01}) is None
    assert recognised({"ann": SAME_CHANNEL.accept}) == "ann"


def test_over_another_microphone_less_is_enough() -> None:
    cosines = {"ann": 0.72, "bob": 0.5}
    assert recognised(cosines) is None
    assert recognised(cosines, DIFFERENT_CHANNEL) == "ann"
