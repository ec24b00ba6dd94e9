"""How long a consent may last, and what nobody can agree to for somebody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from voices.consent.fields import refuse
from voices.consent.people import SubjectStatus
from voices.consent.times import add_months, start_of_year, whole_second
from voices.purpose import Purpose

_DEFAULT_MONTHS: Final = {
    SubjectStatus.LIVING: 12,
    SubjectStatus.MINOR: 6,
    SubjectStatus.DECEASED: 12,
}
"""For a child that is the guardian's next review."""
_LONGEST_MONTHS: Final = {
    SubjectStatus.LIVING: 24,
    SubjectStatus.MINOR: 6,
    SubjectStatus.DECEASED: 12,
}
_OF_AGE: Final = 18

DEFAULT_PURPOSES: Final[Mapping[SubjectStatus, tuple[Purpose, ...]]] = {
    SubjectStatus.LIVING: (Purpose.ANNOUNCEMENTS, Purpose.GREETINGS),
    SubjectStatus.MINOR: (Purpose.ANNOUNCEMENTS, Purpose.GREETINGS),
    SubjectStatus.DECEASED: (Purpose.GREETINGS, Purpose.STORIES),
}
"""What is asked for unless somebody asks for something else."""

REFUSED_PURPOSES: Final[Mapping[SubjectStatus, frozenset[Purpose]]] = {
    SubjectStatus.LIVING: frozenset(),
    SubjectStatus.MINOR: frozenset(),
    SubjectStatus.DECEASED: frozenset({Purpose.ASSISTANT, Purpose.TOYS}),
}
"""What cannot be agreed to: a late person's voice is a keepsake and makes no conversation."""


def default_until(
    created: datetime, status: SubjectStatus, birth_year: int | None = None
) -> datetime:
    """When a consent given at `created` ends unless an earlier or later end is asked for."""
    return _capped(created, _DEFAULT_MONTHS[status], status, birth_year)


def latest_until(
    created: datetime, status: SubjectStatus, birth_year: int | None = None
) -> datetime:
    """The latest end of a consent given at `created`.

    A child's ends when the child may be of age: at the start of the year of the 18th birthday.
    Where the year of birth was not told, the guardian's next review has to find that out.
    """
    return _capped(created, _LONGEST_MONTHS[status], status, birth_year)


def _capped(
    created: datetime, months: int, status: SubjectStatus, birth_year: int | None
) -> datetime:
    try:
        until = add_months(whole_second(created), months)
    except ValueError:
        refuse("created is out of range")
    if status is not SubjectStatus.MINOR or birth_year is None:
        return until
    return min(until, start_of_year(birth_year + _OF_AGE))
