from datetime import datetime, time, timedelta

import pytest

from hub_agent.announcement import Priority
from hub_agent.announcing.quiet_hours import may_speak
from hub_agent.settings.models import QuietHours
from tests.fakes.clock import UTC_PLUS_1

NIGHT = QuietHours(start=time(22), end=time(7), allow=("critical",))
FRIDAY_NIGHT = QuietHours(start=time(22), end=time(7), days=("fri",), allow=())
NAP = QuietHours(start=time(13), end=time(15), allow=("high", "critical"))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """2026-11-20 is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC_PLUS_1)


@pytest.mark.parametrize(
    ("span", "moment", "priority", "allowed"),
    [
        (NIGHT, at(20, 21, 59), Priority.LOW, True),
        (NIGHT, at(20, 22), Priority.HIGH, False),
        (NIGHT, at(20, 22), Priority.CRITICAL, True),
        (NIGHT, at(21, 6, 59), Priority.NORMAL, False),
        (NIGHT, at(21, 7), Priority.NORMAL, True),
        (FRIDAY_NIGHT, at(20, 23), Priority.CRITICAL, False),
        (FRIDAY_NIGHT, at(21, 6), Priority.CRITICAL, False),
        (FRIDAY_NIGHT, at(21, 23), Priority.CRITICAL, True),
        (FRIDAY_NIGHT, at(20, 6), Priority.LOW, True),
        (NAP, at(21, 14), Priority.NORMAL, False),
        (NAP, at(21, 14), Priority.HIGH, True),
        (NAP, at(21, 15), Priority.LOW, True),
    ],
)
def test_a_span_lets_only_its_priorities_pass(
    span: QuietHours, moment: datetime, priority: Priority, allowed: bool
) -> None:
    assert may_speak([span], priority, moment) is allowed


def test_every_span_must_agree() -> None:
    strict = QuietHours(start=time(0), end=time(23, 59), allow=())
    assert not may_speak([NAP, strict], Priority.CRITICAL, at(21, 14))


def test_local_time_decides_on_a_night_that_is_an_hour_longer() -> None:
    moment = datetime.fromisoformat("2026-10-25T02:30:00+01:00")
    assert not may_speak([NIGHT], Priority.NORMAL, moment)
    assert not may_speak([NIGHT], Priority.NORMAL, moment - timedelta(hours=1))
