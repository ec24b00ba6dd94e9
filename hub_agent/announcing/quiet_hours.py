"""When a room is to be left in peace."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub_agent.announcement import Priority
from hub_agent.settings.models import QuietHours
from hub_agent.settings.values import WEEKDAYS, Weekday, priority_of


def may_speak(spans: Iterable[QuietHours], priority: Priority, now: datetime) -> bool:
    """Whether an announcement of this priority may be spoken at local time `now`."""
    return all(
        priority in {priority_of(name) for name in span.allow}
        for span in spans
        if _is_in(span, now)
    )


def _is_in(span: QuietHours, now: datetime) -> bool:
    """A span belongs to the day it starts on and may end on the next one."""
    today, yesterday = _weekday(now), _weekday(now - timedelta(days=1))
    clock = now.time().replace(tzinfo=None)
    if span.start < span.end:
        return today in span.days and span.start <= clock < span.end
    return (today in span.days and clock >= span.start) or (
        yesterday in span.days and clock < span.end
    )


def _weekday(moment: datetime) -> Weekday:
    return WEEKDAYS[moment.weekday()]
