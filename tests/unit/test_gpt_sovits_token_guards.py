"""Signs that a sentence went wrong."""

from hypothesis import given
from hypothesis import strategies as st

from hub_agent.gpt_sovits.t2s import MAX_TOKENS, Ending
from hub_agent.gpt_sovits.token_guards import Fault, fault_of, goes_round, token_limit
from tests.fakes.golden import arrays


def test_an_ordinary_sentence_has_no_fault() -> None:
    golden = arrays("t2s")
    tokens = golden["greedy_tokens"].tolist()
    num_phones = golden["text_phones"].size
    assert fault_of(tokens, num_phones, Ending.END) is None
    assert len(tokens) < token_limit(num_phones)


@given(st.lists(st.integers(0, 1023), min_size=1, max_size=8), st.integers(50, 90))
def test_two_seconds_of_the_same_few_tokens_go_round(cycle: list[int], length: int) -> None:
    tokens = (cycle * length)[:length]
    assert goes_round(list(range(100)) + tokens)
    assert fault_of(tokens, 20, Ending.END) is Fault.GOES_ROUND


@given(st.permutations(range(9)), st.integers(0, 40))
def test_pauses_and_longer_patterns_do_not_go_round(pattern: list[int], pause: int) -> None:
    assert not goes_round(pattern * 10)
    assert not goes_round([*pattern * 3, *[486] * pause])


def test_a_sentence_without_end_has_a_fault() -> None:
    assert fault_of(list(range(200)), 30, Ending.LIMIT) is Fault.NO_END


def test_a_sentence_quicker_than_anybody_speaks_has_a_fault() -> None:
    assert fault_of(list(range(11)), 40, Ending.END) is Fault.NEARLY_EMPTY
    assert fault_of(list(range(11)), 6, Ending.END) is None


def test_a_sentence_stopped_early_is_not_called_empty() -> None:
    assert fault_of([], 40, Ending.STOPPED) is None


@given(st.integers(0, 3000))
def test_the_limit_grows_with_the_text_up_to_the_official_one(num_phones: int) -> None:
    assert token_limit(num_phones) <= token_limit(num_phones + 1) <= MAX_TOKENS
    assert token_limit(num_phones) > 11
