"""The circuit breaker: closed, open, half-open."""

from hypothesis import given
from hypothesis import strategies as st

from hub_agent.engines.remote.breaker import CircuitBreaker, State
from tests.fakes.clock import FakeClock

FAILURES, REST_S = 3, 60.0


def breaker(clock: FakeClock) -> CircuitBreaker:
    return CircuitBreaker(failures=FAILURES, rest_s=REST_S, monotonic=clock.monotonic)


def fail(subject: CircuitBreaker, times: int = FAILURES) -> None:
    for _ in range(times):
        assert subject.admit()
        subject.failed()


def test_some_failures_are_forgiven() -> None:
    subject = breaker(FakeClock())
    for _ in range(5):
        fail(subject, FAILURES - 1)
        assert subject.admit()
        subject.succeeded()
    assert subject.state is State.CLOSED


def test_failures_in_a_row_open_it_for_a_while() -> None:
    clock = FakeClock()
    subject = breaker(clock)
    fail(subject)
    states = [subject.state]
    for pause_s in (REST_S - 0.1, 0.1):
        clock.advance(pause_s)
        states.append(subject.state)
    assert states == [State.OPEN, State.OPEN, State.HALF_OPEN]


def test_half_open_admits_one_call_whose_success_closes_it() -> None:
    clock = FakeClock()
    subject = breaker(clock)
    fail(subject)
    clock.advance(REST_S)
    assert subject.admit()
    assert not subject.admit()
    subject.succeeded()
    assert subject.state is State.CLOSED
    fail(subject, FAILURES - 1)
    assert subject.state is State.CLOSED


def test_half_open_admits_one_call_whose_failure_opens_it_again() -> None:
    clock = FakeClock()
    subject = breaker(clock)
    fail(subject)
    clock.advance(REST_S)
    fail(subject, 1)
    assert subject.state is State.OPEN
    clock.advance(REST_S)
    assert subject.admit()


def test_a_call_that_was_given_up_lets_the_next_one_decide() -> None:
    clock = FakeClock()
    subject = breaker(clock)
    fail(subject)
    clock.advance(REST_S)
    assert subject.admit()
    subject.undecided()
    assert subject.state is State.HALF_OPEN
    assert subject.admit()


@given(st.lists(st.sampled_from(("succeeded", "failed", "undecided", "wait"))))
def test_whatever_happens_it_is_tried_again_after_its_rest(story: list[str]) -> None:
    clock = FakeClock()
    subject = breaker(clock)
    for step in story:
        if step == "wait":
            clock.advance(REST_S / 2)
        elif subject.admit():
            getattr(subject, step)()
    clock.advance(REST_S)
    assert subject.admit()
