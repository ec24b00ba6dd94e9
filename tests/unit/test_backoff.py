from hypothesis import given
from hypothesis import strategies as st

from hub_agent.backoff import Backoff


@given(first_s=st.floats(0.1, 10), factor=st.floats(1, 100), failures=st.integers(1, 50))
def test_pauses_stay_between_half_the_first_and_the_longest(
    first_s: float, factor: float, failures: int
) -> None:
    backoff = Backoff(first_s, first_s * factor)
    for _ in range(failures):
        assert first_s / 2 <= backoff.next_s() <= first_s * factor


def test_pauses_double_and_begin_anew_after_success() -> None:
    backoff = Backoff(1, 5, spread=0)
    assert [backoff.next_s() for _ in range(4)] == [1, 2, 4, 5]
    backoff.reset()
    assert backoff.next_s() == 1
