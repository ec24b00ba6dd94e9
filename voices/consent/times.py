"""Moments as signed bytes hold them, and months as people count them."""

import calendar
import re
from datetime import UTC, date, datetime
from typing import Final

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def utc_now() -> datetime:
    """The time of the machine's clock."""
    return datetime.now(UTC)


def whole_second(moment: datetime) -> datetime:
    """`moment` in UTC without its fraction; ValueError unless it names its zone."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError("a moment out of range") from None


def stamp(moment: datetime) -> str:
    """`moment` like 2026-11-21T04:30:00Z."""
    return whole_second(moment).replace(tzinfo=None).isoformat() + "Z"


def from_stamp(text: str) -> datetime:
    """The moment that `stamp` wrote as `text`; ValueError for anything else."""
    if _STAMP.fullmatch(text) is None or not text.isascii():
        raise ValueError("not a time stamp")
    return datetime.fromisoformat(text)


def is_stamp(value: object) -> bool:
    """Whether `from_stamp` takes it."""
    try:
        return isinstance(value, str) and from_stamp(value) is not None
    except ValueError:
        return False


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months on, or the last day of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    return moment.replace(year=year, month=month, day=min(moment.day, last))


def start_of_year(year: int) -> datetime:
    """New Year of `year`, UTC."""
    return datetime.combine(date(year, 1, 1), datetime.min.time(), UTC)
