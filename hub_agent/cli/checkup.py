"""What one check of `doctor` finds."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was checked, what was found, and the command that mends it."""

    check: str
    status: Status
    what: str
    mend: str | None = None


def ok(check: str, what: str) -> Check:
    """All is well."""
    return Check(check=check, status=Status.OK, what=what)


def warn(check: str, what: str, mend: str | None = None) -> Check:
    """It works, but."""
    return Check(check=check, status=Status.WARN, what=what, mend=mend)


def failed(check: str, what: str, mend: str) -> Check:
    """It cannot work like this."""
    return Check(check=check, status=Status.FAIL, what=what, mend=mend)
