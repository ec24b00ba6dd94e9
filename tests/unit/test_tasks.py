"""Keeping a coroutine alive."""

import io
import json

import pytest
import structlog

from hub_agent.errors import BrokerError, HubAgentError, RefusedError, SettingsError
from hub_agent.groups import single_cause
from hub_agent.tasks import supervise
from tests.fakes.clock import FakeClock


class Work:
    """Fails as scripted, then ends."""

    def __init__(self, clock: FakeClock, *failures: Exception, lasts_s: float = 0.0) -> None:
        self.starts: list[float] = []
        self._clock = clock
        self._failures = list(failures)
        self._lasts_s = lasts_s

    async def __call__(self) -> None:
        self.starts.append(self._clock.monotonic())
        self._clock.advance(self._lasts_s)
        if self._failures:
            raise self._failures.pop(0)

    def pauses(self) -> list[float]:
        ends = [start + self._lasts_s for start in self.starts]
        return [start - end for start, end in zip(self.starts[1:], ends, strict=False)]


async def test_work_that_fails_is_started_again_after_growing_pauses() -> None:
    clock = FakeClock()
    work = Work(clock, *[ZeroDivisionError() for _ in range(9)])
    await supervise("it", work, clock=clock)
    pauses = work.pauses()
    assert len(pauses) == 9
    for number, pause in enumerate(pauses):
        longest = min(60.0, 2.0**number)
        assert longest / 2 <= pause <= longest


async def test_pauses_are_short_again_after_a_healthy_spell() -> None:
    clock = FakeClock()
    work = Work(clock, *[BrokerError("gone") for _ in range(5)], lasts_s=61.0)
    await supervise("it", work, clock=clock)
    assert all(pause <= 1.0 for pause in work.pauses())


@pytest.mark.parametrize("error", [RefusedError("bad password"), SettingsError("no host")])
async def test_what_trying_again_cannot_mend_ends_with_one_line(error: HubAgentError) -> None:
    clock, out = FakeClock(), io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer(default=str)],
        logger_factory=structlog.PrintLoggerFactory(out),
    )
    try:
        await supervise("it", Work(clock, error), clock=clock)
    finally:
        structlog.reset_defaults()
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["why"] == str(error)


def test_one_error_in_nested_groups_is_found() -> None:
    error = BrokerError("gone")
    assert single_cause(BaseExceptionGroup("a", [ExceptionGroup("b", [error])])) is error


def test_several_errors_stay_a_group() -> None:
    group = ExceptionGroup("a", [ValueError(), TypeError()])
    assert single_cause(group) is group
