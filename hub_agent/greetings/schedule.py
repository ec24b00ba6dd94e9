"""When something is due that happens at a time of day."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from hub_agent.settings.values import WEEKDAYS, Weekday


def next_moment(at: time, days: Collection[Weekday], zone: tzinfo, *, after: datetime) -> datetime:
    """The first moment after `after`, in UTC, when clocks in `zone` show `at` on one of `days`.

    A time that comes twice, when clocks go back, counts once: the first. In place of one that is
    left out, when they go forward, comes the first minute there is. `days` must not be empty.
    """
    today = after.astimezone(zone).date()
    week = (today + timedelta(days=number) for number in range(8))
    moments = (_moment(day, at, zone) for day in week if WEEKDAYS[day.weekday()] in days)
    return next(moment for moment in moments if moment > after)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    local = datetime.combine(day, at, zone)
    while (moment := local.astimezone(UTC)).astimezone(zone) != local:
        local = local.replace(second=0) + timedelta(minutes=1)
    return moment
