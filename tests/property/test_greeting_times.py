"""When greetings come, in zones whose clocks go forward and back in all the ways they do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub_agent.greetings.schedule import next_moment
from hub_agent.settings.values import WEEKDAYS, Weekday

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",  # goes forward at midnight, back over it
    "Africa/Cairo",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Chatham",
    "Asia/Kathmandu",
)
A_DAY = timedelta(days=1)

zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
weekdays = st.sets(st.sampled_from(WEEKDAYS), min_size=1)
short_spans = st.timedeltas(timedelta(0), timedelta(days=9))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CHANGES = (  # Berlin, New York, Santiago, Cairo, Lord Howe, Chatham
    *("2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00"),
    *("2026-04-05T03:00", "2026-09-06T04:00", "2026-04-23T22:00", "2026-10-29T21:00"),
    *("2026-04-04T15:00", "2026-10-03T15:30", "2026-04-04T14:00", "2026-09-26T14:00"),
)
near_changes = st.builds(
    lambda change, minutes: utc(change) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-1500, 1500),
)
any_time = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
moments = near_changes | any_time


@given(times, weekdays, zones, moments)
def test_it_comes_later_on_one_of_its_days_at_its_time_or_at_the_end_of_a_gap(
    at: time, days: set[Weekday], zone: ZoneInfo, after: datetime
) -> None:
    moment = next_moment(at, days, zone, after=after)
    local = moment.astimezone(zone)
    assert after < moment
    assert WEEKDAYS[local.weekday()] in days
    if local.time() != at:
        just_before = (moment - timedelta(minutes=1)).astimezone(zone).time()
        assert just_before < at < local.time()


@given(times, weekdays, zones, moments, short_spans)
def test_a_later_look_never_finds_an_earlier_moment(
    at: time, days: set[Weekday], zone: ZoneInfo, after: datetime, span: timedelta
) -> None:
    assert next_moment(at, days, zone, after=after) <= next_moment(
        at, days, zone, after=after + span
    )


@given(times, weekdays, zones, moments, st.floats(0, 0.999))
def test_nothing_lies_between_now_and_the_next_moment(
    at: time, days: set[Weekday], zone: ZoneInfo, after: datetime, part: float
) -> None:
    moment = next_moment(at, days, zone, after=after)
    between = after + (moment - after) * part
    assert next_moment(at, days, zone, after=between) == moment


@given(times, weekdays, zones, moments)
@example(time(2, 30), set(WEEKDAYS), ZoneInfo("Europe/Berlin"), utc("2026-03-25"))
@example(time(2, 30), set(WEEKDAYS), ZoneInfo("Europe/Berlin"), utc("2026-10-20"))
@example(time(0, 30), set(WEEKDAYS), ZoneInfo("America/Santiago"), utc("2026-09-01"))
@example(time(23, 30), set(WEEKDAYS), ZoneInfo("America/Santiago"), utc("2026-04-01"))
def test_every_day_of_its_own_has_it_once(
    at: time, days: set[Weekday], zone: ZoneInfo, after: datetime
) -> None:
    after = after.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    after = after.astimezone(UTC) - timedelta(seconds=1)
    wanted = [after.astimezone(zone).date() + A_DAY * number for number in range(1, 15)]
    found = []
    for _ in range(sum(WEEKDAYS[day.weekday()] in days for day in wanted)):
        after = next_moment(at, days, zone, after=after)
        found.append(after.astimezone(zone).date())
    assert found == [day for day in wanted if WEEKDAYS[day.weekday()] in days]


@pytest.mark.parametrize(
    ("zone", "at", "after", "expected"),
    [
        ("Europe/Berlin", time(2, 30), "2026-03-28T12:00", "2026-03-29T01:00"),
        ("Europe/Berlin", time(3), "2026-03-28T12:00", "2026-03-29T01:00"),
        ("Europe/Berlin", time(2, 30), "2026-03-29T01:00", "2026-03-30T00:30"),
        ("Europe/Berlin", time(2, 30), "2026-10-24T12:00", "2026-10-25T00:30"),
        ("Europe/Berlin", time(2, 30), "2026-10-25T00:30", "2026-10-26T01:30"),
        ("Europe/Berlin", time(2, 30), "2026-10-25T01:10", "2026-10-26T01:30"),
        ("America/New_York", time(2, 15), "2026-03-08T00:00", "2026-03-08T07:00"),
        ("America/New_York", time(1, 15), "2026-11-01T00:00", "2026-11-01T05:15"),
        ("Australia/Lord_Howe", time(2, 10), "2026-10-03T12:00", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", time(1, 45), "2026-04-04T12:00", "2026-04-04T14:45"),
        ("Africa/Cairo", time(0, 20), "2026-04-23T12:00", "2026-04-23T22:00"),
    ],
)
def test_nights_on_which_clocks_are_changed(zone: str, at: time, after: str, expected: str) -> None:
    assert next_moment(at, WEEKDAYS, ZoneInfo(zone), after=utc(after)) == utc(expected)
