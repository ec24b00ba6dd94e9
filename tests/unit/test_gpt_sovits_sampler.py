"""Choosing tokens, compared with the official sampler."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.gpt_sovits.sampler import Floats, Sampling, draw, penalised, probabilities
from tests.fakes.golden import arrays

LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=40).map(
    lambda values: np.array(values, np.float32)
)
SAMPLINGS = st.builds(
    Sampling,
    top_k=st.integers(1, 50),
    top_p=st.floats(0, 1),
    temperature=st.floats(0, 3),
    repetition_penalty=st.floats(0.5, 3),
)


@pytest.mark.parametrize("case", range(8))
def test_shares_and_tokens_are_the_official_ones(case: int) -> None:
    golden = arrays("sampler")
    top_k, top_p, temperature, penalty = golden["cases"][case]
    sampling = Sampling(
        top_k=int(top_k),
        top_p=float(top_p),
        temperature=float(temperature),
        repetition_penalty=float(penalty),
    )
    for row, logits in enumerate(golden["logits"]):
        allowed = penalised(logits, golden["prev"][row], sampling.repetition_penalty)
        shares = probabilities(allowed, sampling)
        np.testing.assert_allclose(shares, golden[f"probs_{case}"][row], atol=1e-6)
        assert draw(shares, golden["q"][row]) == golden[f"idx_{case}"][row]


@given(LOGITS, SAMPLINGS)
def test_shares_are_shares_and_the_likeliest_token_has_the_largest(
    logits: Floats, sampling: Sampling
) -> None:
    shares = probabilities(logits, sampling)
    assert np.isfinite(shares).all()
    assert shares.min() >= 0
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    assert shares[np.argmax(logits)] == shares.max()


@given(LOGITS, SAMPLINGS)
def test_no_more_than_top_k_tokens_are_left_but_for_equals(
    logits: Floats, sampling: Sampling
) -> None:
    shares = probabilities(logits, sampling)
    assert np.count_nonzero(shares > shares[shares > 0].min()) < sampling.top_k


@given(LOGITS, st.floats(1.01, 3))
def test_a_penalty_makes_what_was_said_less_likely_and_changes_nothing_else(
    logits: Floats, penalty: float
) -> None:
    result = penalised(logits, np.array([0, 0]), penalty)
    assert result[0] <= logits[0]
    np.testing.assert_array_equal(result[1:], logits[1:])


@given(LOGITS)
def test_noise_of_zero_still_draws_a_token_with_a_share(logits: Floats) -> None:
    shares = probabilities(logits, Sampling(top_k=3))
    assert shares[draw(shares, np.zeros_like(shares))] > 0


def test_tokens_are_drawn_as_often_as_their_shares_say() -> None:
    rng = np.random.default_rng(1)
    shares = np.array([0.6, 0.3, 0.1], np.float32)
    drawn = [draw(shares, rng.standard_exponential(3, np.float32)) for _ in range(4000)]
    np.testing.assert_allclose(np.bincount(drawn) / len(drawn), shares, atol=0.03)


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 0},
        {"top_p": -0.1},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"repetition_penalty": 0.0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at"):
        Sampling(**wrong)  # type: ignore[arg-type]  # mixed on purpose
