"""Semantic tokens, compared with those of the official code, and what it does not do."""

import threading
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint, S1Config
from hub_agent.gpt_sovits.graphs import t2s_attention
from hub_agent.gpt_sovits.sampler import Sampling
from hub_agent.gpt_sovits.t2s import T2S, Ending, TokenRun
from hub_agent.gpt_sovits.t2s_maker import FILES, make_t2s
from hub_agent.gpt_sovits.t2s_network import PREFILL_FILE, STEP_FILE
from tests.fakes.golden import Arrays, arrays, golden_file
from tests.fakes.random_checkpoints import ODD_S1, TINY_S1, write_s1
from tests.fakes.t2s_folders import opened

GREEDY = Sampling(top_k=1)
LOGITS_TOLERANCE = 2e-5
NO_PROMPT: NDArray[np.int64] = np.zeros(0, np.int64)


@pytest.fixture(scope="module")
def golden() -> Arrays:
    return arrays("t2s")


@pytest.fixture(params=["grouped", "plain"], scope="module")
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> T2S:
    """The golden network with either kind of attention."""
    folder = tmp_path_factory.mktemp("t2s")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            patch.setattr(t2s_attention, "_GROUPED_HEAD_SIZE", 1 << 20)
        make_t2s(S1Checkpoint.read(golden_file("s1_tiny.ckpt")), folder, is_quantised=False)
    return T2S.open(folder, num_threads=1)


def phones_of(golden: Arrays) -> NDArray[np.int64]:
    return np.concatenate([golden["ref_phones"], golden["text_phones"]])


def run(network: T2S, golden: Arrays, **changed: Any) -> TokenRun:
    arguments = {
        "phones": phones_of(golden),
        "bert": None,
        "prompt": golden["prompt_tokens"],
        "sampling": GREEDY,
        "seed": 1,
    }
    return network.run(**(arguments | changed))


def test_greedy_tokens_are_the_official_ones(network: T2S, golden: Arrays) -> None:
    tokens = run(network, golden)
    np.testing.assert_array_equal(list(tokens), golden["greedy_tokens"])
    assert tokens.ending is Ending.END


def test_bert_features_lead_to_the_official_tokens(network: T2S, golden: Arrays) -> None:
    tokens = run(network, golden, bert=golden["bert"].astype(np.float32), max_tokens=81)
    np.testing.assert_array_equal(list(tokens), golden["bert_tokens"])
    assert tokens.ending is Ending.LIMIT


def test_at_the_limit_the_first_token_is_not_dropped(network: T2S, golden: Arrays) -> None:
    tokens = run(network, golden, max_tokens=41)
    np.testing.assert_array_equal(list(tokens), golden["early40_tokens"])


def test_without_a_penalty_the_tokens_are_the_official_ones(network: T2S, golden: Arrays) -> None:
    sampling = Sampling(top_k=1, repetition_penalty=1.0)
    tokens = run(network, golden, sampling=sampling, max_tokens=61)
    np.testing.assert_array_equal(list(tokens), golden["nopen_tokens"])


def test_without_a_reference_the_tokens_are_the_official_ones(network: T2S, golden: Arrays) -> None:
    tokens = run(network, golden, phones=golden["text_phones"], prompt=NO_PROMPT, max_tokens=61)
    np.testing.assert_array_equal(list(tokens), golden["promptfree_tokens"])


def test_a_sentence_ends_after_eleven_tokens_at_the_earliest(golden: Arrays) -> None:
    tokens = run(opened(golden_file("s1_tiny_eos.ckpt")), golden)
    np.testing.assert_array_equal(list(tokens), golden["eoswin_tokens"])
    assert tokens.ending is Ending.END


def test_logits_are_those_of_the_official_code(network: T2S, golden: Arrays) -> None:
    decoding = network.network.start(
        phones_of(golden), None, golden["prompt_tokens"], max_tokens=121
    )
    logits = [decoding.first_logits()]
    logits += [decoding.feed(int(token)) for token in golden["greedy_tokens"]]
    np.testing.assert_allclose(logits[:16], golden["greedy_step_logits"], atol=LOGITS_TOLERANCE)
    np.testing.assert_allclose(logits[-1:], golden["greedy_last_logits"], atol=LOGITS_TOLERANCE)


def test_keys_and_values_are_those_of_the_official_code(network: T2S, golden: Arrays) -> None:
    decoding = network.network.start(phones_of(golden), None, golden["prompt_tokens"], max_tokens=2)
    decoding.first_logits()
    decoding.feed(int(golden["greedy_tokens"][0]))
    for layer in range(2):
        for part, memory in zip("kv", decoding.memory(layer), strict=True):
            expected = np.concatenate(
                [golden[f"prefill_{part}"][layer], golden[f"step1_{part}"][layer]]
            )
            rows = memory[0, :, :110].transpose(1, 0, 2).reshape(110, -1)
            np.testing.assert_allclose(rows, expected, atol=LOGITS_TOLERANCE)


@pytest.mark.parametrize("config", [TINY_S1, ODD_S1], ids=["grouped", "plain"])
def test_decoding_step_by_step_equals_reading_everything_at_once(
    tmp_path: Path, config: S1Config
) -> None:
    network = opened(write_s1(tmp_path / "s1.ckpt", config)).network
    rng = np.random.default_rng(5)
    phones, prompt = rng.integers(0, 732, 9), rng.integers(0, 1024, 12)
    stepwise = network.start(phones, None, prompt[:3], max_tokens=9)
    logits = [stepwise.first_logits(), *(stepwise.feed(int(token)) for token in prompt[3:])]
    for count, expected in enumerate(logits):
        at_once = network.start(phones, None, prompt[: 3 + count], max_tokens=0).first_logits()
        np.testing.assert_allclose(at_once, expected, atol=1e-4)


def test_the_same_seed_gives_the_same_tokens_and_another_one_others(golden: Arrays) -> None:
    network = opened(golden_file("s1_tiny.ckpt"))
    one, again, other = (
        list(run(network, golden, sampling=Sampling(), seed=seed, max_tokens=30))
        for seed in (7, 7, 8)
    )
    assert one == again
    assert one != other
    assert all(0 <= token < 1024 for token in one + other)


def test_tokens_come_one_by_one_and_stop_when_nobody_wants_more(golden: Arrays) -> None:
    stop = threading.Event()
    tokens = run(opened(golden_file("s1_tiny.ckpt")), golden, should_stop=stop.is_set)
    coming = iter(tokens)
    first = list(islice(coming, 5))
    stop.set()
    assert list(coming) == []
    assert tokens.ending is Ending.STOPPED
    np.testing.assert_array_equal(first, golden["greedy_tokens"][:5])


def test_a_run_that_is_stopped_before_it_starts_computes_nothing(golden: Arrays) -> None:
    tokens = run(opened(golden_file("s1_tiny.ckpt")), golden, should_stop=lambda: True)
    assert list(tokens) == []
    assert tokens.ending is Ending.STOPPED


def test_two_runs_of_one_network_do_not_disturb_each_other(golden: Arrays) -> None:
    network = opened(golden_file("s1_tiny.ckpt"))
    one, other = run(network, golden), run(network, golden, max_tokens=41)
    pairs = list(zip(one, other, strict=False))
    np.testing.assert_array_equal([pair[0] for pair in pairs], golden["greedy_tokens"][:41])
    np.testing.assert_array_equal([pair[1] for pair in pairs], golden["early40_tokens"])


def test_inputs_that_cannot_be_are_refused_before_anything_is_computed(golden: Arrays) -> None:
    network = opened(golden_file("s1_tiny.ckpt"))
    wrong: list[dict[str, Any]] = [
        {"phones": NO_PROMPT},
        {"phones": np.array([-1])},
        {"phones": np.array([732])},
        {"prompt": np.array([1024])},
        {"prompt": np.array([-1])},
        {"bert": np.zeros((1024, 3), np.float32)},
    ]
    for changed in wrong:
        with pytest.raises(ValueError, match=r"phone|prompt"):
            run(network, golden, **changed)


def test_no_token_is_fed_beyond_the_room_that_was_set_aside(golden: Arrays) -> None:
    network = opened(golden_file("s1_tiny.ckpt")).network
    decoding = network.start(golden["text_phones"], None, NO_PROMPT, max_tokens=1)
    decoding.first_logits()
    decoding.feed(0)
    with pytest.raises(ValueError, match="no room"):
        decoding.feed(0)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_graph_is_refused_when_it_is_opened(tmp_path: Path, name: str) -> None:
    make_t2s(S1Checkpoint.read(write_s1(tmp_path / "s1.ckpt")), tmp_path, is_quantised=False)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelFileError) as caught:
        T2S.open(tmp_path, num_threads=1)
    assert caught.value.exit_code == 65
    assert caught.value.hint


def test_swapped_graphs_are_refused_when_they_are_opened(tmp_path: Path) -> None:
    make_t2s(S1Checkpoint.read(write_s1(tmp_path / "s1.ckpt")), tmp_path, is_quantised=False)
    (tmp_path / PREFILL_FILE).rename(tmp_path / "other")
    (tmp_path / STEP_FILE).rename(tmp_path / PREFILL_FILE)
    (tmp_path / "other").rename(tmp_path / STEP_FILE)
    with pytest.raises(ModelFileError, match="not the one"):
        T2S.open(tmp_path, num_threads=1)
