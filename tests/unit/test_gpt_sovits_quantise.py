"""Token networks of small integers, compared with exact ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint, S1Config
from hub_agent.gpt_sovits.quantise import quantised_columns
from hub_agent.gpt_sovits.t2s_comparison import compare
from hub_agent.gpt_sovits.t2s_maker import FILES, make_t2s
from tests.fakes.golden import golden_file
from tests.fakes.random_checkpoints import ODD_S1, TINY_S1, write_s1
from tests.fakes.t2s_folders import opened


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_each_value_is_at_most_half_a_step_of_its_column_away(seed: int, size: float) -> None:
    matrix = np.random.default_rng(seed).standard_normal((7, 5)) * size
    matrix[:, 0] = 0
    integers, scales = quantised_columns(matrix.astype(np.float32))
    away = np.abs(integers * scales.astype(np.float64) - matrix)
    assert (away <= scales * 0.501).all()
    assert not integers[:, 0].any()


def test_two_products_fit_into_sixteen_bits() -> None:
    integers, _scales = quantised_columns(np.array([[5.0], [-5.0]], np.float32))
    assert np.abs(integers.astype(int)).max() * 255 * 2 < 1 << 15


@pytest.mark.parametrize("config", [TINY_S1, ODD_S1])
def test_a_quantised_network_is_near_the_exact_one(tmp_path: Path, config: S1Config) -> None:
    checkpoint = write_s1(tmp_path / "s1.ckpt", config)
    exact = opened(checkpoint).network
    result = compare(exact, opened(checkpoint, is_quantised=True).network)
    assert result.num_steps == 75
    assert 0 < result.mean_difference < result.max_difference
    assert 0 < result.divergence < 0.05
    assert result.agreement > 0.8


def test_a_network_agrees_with_itself() -> None:
    exact = opened(golden_file("s1_tiny.ckpt")).network
    result = compare(exact, exact)
    assert (result.max_difference, result.divergence, result.agreement) == (0, 0, 1)


def test_a_network_of_other_weights_is_far_away(tmp_path: Path) -> None:
    one, other = (opened(write_s1(tmp_path / f"{seed}.ckpt", seed=seed)) for seed in (1, 2))
    result = compare(one.network, other.network)
    assert result.agreement < 0.5
    assert result.divergence > 0.1


def test_a_quantised_network_takes_a_third_of_the_room(tmp_path: Path) -> None:
    checkpoint = S1Checkpoint.read(golden_file("s1_tiny.ckpt"))
    sizes = []
    for is_quantised in (False, True):
        make_t2s(checkpoint, tmp_path, is_quantised=is_quantised)
        assert {path.name for path in tmp_path.iterdir()} == set(FILES)
        sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
    # The tables of phones and tokens stay exact; they are large beside so small a network.
    assert sizes[1] < 0.6 * sizes[0]
