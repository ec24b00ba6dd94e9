"""Checks of what goes into a consent record; none of them repeats what it was given."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from voices.consent.times import from_stamp, stamp, whole_second
from voices.errors import ConsentRefusedError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)

LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 4000
MOST_ITEMS: Final = 100
_ID: Final = re.compile(r"[0-9a-f][0-9a-f-]{6,62}[0-9a-f]")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")


def refuse(what: str) -> NoReturn:
    """Raise the error of a record that cannot be: `what` names the field and what is wrong."""
    raise ConsentRefusedError(
        f"this consent record cannot be: {what}",
        hint="hub-agent voices enrol",
        reason="consent_invalid",
    )


def check_id(value: str, field: str) -> None:
    """Refuse what is no id of hexadecimal digits, which cannot be somebody's name."""
    _check_form(_ID, value, field)


def check_digest(value: str | None, field: str) -> None:
    """Refuse what is no SHA-256 in hexadecimal digits; None is none."""
    if value is not None:
        _check_form(_DIGEST, value, field)


def check_word(value: str, field: str) -> None:
    """Refuse what is no lower-case word of a machine."""
    _check_form(_WORD, value, field)


def check_name(value: str, field: str) -> None:
    """Refuse an empty, overlong or unprintable name."""
    if not 0 < len(value.strip()) <= len(value) <= LONGEST_NAME:
        refuse(f"{field} must be 1 to {LONGEST_NAME} characters")
    if not value.isprintable():
        refuse(f"{field} must be printable")


def check_text(value: str, field: str, longest: int = LONGEST_TEXT) -> None:
    """Refuse text that is too long or that no file can hold."""
    if len(value) > longest:
        refuse(f"{field} must be at most {longest} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        refuse(f"{field} must be text")


def check_range(value: int | None, field: str, lowest: int, highest: int) -> None:
    """Refuse a number out of its range; None is none."""
    if value is not None and not lowest <= value <= highest:
        refuse(f"{field} must be a whole number from {lowest} to {highest}")


def check_count(items: tuple[object, ...], field: str) -> None:
    """Refuse more than anybody needs."""
    if len(items) > MOST_ITEMS:
        refuse(f"{field} must be at most {MOST_ITEMS}")


def plain(record: "DataclassInstance") -> dict[str, Any]:
    """A record as plain JSON; what is not known is left out: a signed record has no null."""
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def take(raw: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value of `key`, which must be there and of that kind."""
    value = raw.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        refuse(f"{key} is missing or of the wrong kind")
    return value


def take_optional(raw: Mapping[str, Any], key: str, kind: type[T]) -> T | None:
    """The value of `key`, if it is there; then of that kind."""
    return take(raw, key, kind) if key in raw else None


def take_words(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts."""
    items = take(raw, key, list)
    if not all(isinstance(item, str) for item in items):
        refuse(f"{key} must be texts")
    return tuple(items)


def take_objects(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of objects; an absent one is empty."""
    items = take_optional(raw, key, list) or []
    if not all(isinstance(item, dict) for item in items):
        refuse(f"{key} must be objects")
    return items


def take_moment(raw: Mapping[str, Any], key: str) -> datetime:
    """A time stamp."""
    try:
        return from_stamp(take(raw, key, str))
    except ValueError:
        refuse(f"{key} is not a time")


def as_moment(moment: datetime, field: str) -> datetime:
    """`moment` in UTC and whole seconds, as it will be signed."""
    try:
        return whole_second(moment)
    except ValueError:
        refuse(f"{field} must be a time with its zone")


def as_member(words: type[Word], text: str) -> Word:
    """The word of `words` that `text` is."""
    try:
        return words(text)
    except ValueError:
        refuse(f"an unknown {words.__name__}")


def _check_form(form: re.Pattern[str], value: str, field: str) -> None:
    if form.fullmatch(value) is None:
        refuse(f"{field} is not of its form")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return plain(value) if is_dataclass(value) and not isinstance(value, type) else value
