"""Strict reading of what comes from outside: bytes → text → JSON object → typed fields."""

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NoReturn, TypeVar

from hub_agent.announcement import (
    MAX_TARGETS,
    MAX_TEXT_CHARS,
    AudibleLabel,
    InterruptPolicy,
    Priority,
)
from hub_agent.errors import InvalidAnnouncementError
from voices.purpose import Purpose

MAX_NAME_CHARS = 64
MAX_KEY_CHARS = 128
MAX_EXPIRY_S = 7 * 86_400.0
MAX_COOL_DOWN_S = 86_400.0
CHIME_ON = "soft"
CHIME_OFF = ""

Word = TypeVar("Word", bound=StrEnum)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}")
_CHIME = re.compile(r"[a-z0-9_]{1,32}")
_PRIORITY_BY_NUMBER = {float(priority): priority for priority in Priority}
_SHOWABLE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")


def decoded(payload: bytes) -> str:
    """The payload as text, without a byte order mark; else `bad_utf8`."""
    try:
        return payload.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InvalidAnnouncementError("the message is not UTF-8", reason="bad_utf8") from None


def spoken_text(text: str) -> str:
    """Text fit to be spoken: not empty, not too long, only real characters."""
    text = text.strip()
    if not text:
        raise InvalidAnnouncementError("the text is empty", reason="empty_text")
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidAnnouncementError(
            f"the text has more than {MAX_TEXT_CHARS} characters", reason="text_too_long"
        )
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise InvalidAnnouncementError("the text holds no-characters", reason="bad_text")
    return text


def json_object(text: str) -> dict[str, object]:
    """The one JSON object in `text`; NaN, infinity and repeated keys are errors."""
    try:
        value: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidAnnouncementError(
            "the message starts like JSON and is none", reason="bad_json"
        ) from None
    if not isinstance(value, dict):
        raise InvalidAnnouncementError("the message is no JSON object", reason="bad_json")
    return value


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise InvalidAnnouncementError("a key is given twice", reason="duplicate_key")
    return values


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")


def bad(field: str) -> InvalidAnnouncementError:
    """The error for a field whose value cannot be used; never holds the value."""
    return InvalidAnnouncementError(f"'{field}' cannot be used", reason=f"bad_{field}")


class Fields:
    """The keys of one object, each read at most once.

    A key that is null is not given, and neither is an empty text where a name is expected:
    templates and forms produce both for "nothing chosen".
    """

    def __init__(self, values: dict[str, object]) -> None:
        self._values = dict(values)

    def take(self, *names: str) -> object:
        """The value under any of these names, None without; two of them are `ambiguous`."""
        given = [self._values.pop(name, None) for name in names]
        values = [value for value in given if value is not None]
        if len(values) > 1:
            raise InvalidAnnouncementError(
                f"only one of {', '.join(names)} can be given", reason="ambiguous"
            )
        return values[0] if values else None

    def refuse_rest(self) -> None:
        """Raise `unknown_key` unless every key was taken."""
        for key in self._values:
            shown = f" '{key}'" if _SHOWABLE_KEY.fullmatch(key) else ""
            raise InvalidAnnouncementError(f"unknown key{shown}", reason="unknown_key")

    def text(self, *names: str) -> str:
        """The text to speak."""
        value = self.take(*names)
        if value is None:
            raise InvalidAnnouncementError("there is no text", reason="empty_text")
        if not isinstance(value, str):
            raise bad("text")
        return spoken_text(value)

    def name(self, field: str, *names: str, max_chars: int = MAX_NAME_CHARS) -> str | None:
        """A short printable name."""
        value = self.take(*names)
        if value is None or value == "":
            return None
        return printable(value, field, max_chars)

    def language(self, *names: str) -> str | None:
        """A language tag, with `-` between its parts."""
        value = self.name("language", *names)
        if value is not None and not _LANGUAGE.fullmatch(value):
            raise bad("language")
        return value.replace("_", "-") if value else None

    def targets(self, *names: str) -> tuple[str, ...]:
        """Room names: one, or a list without repeats."""
        value = self.take(*names)
        if value is None or value == "":
            return ()
        listed = value if isinstance(value, list) else [value]
        if len(listed) > MAX_TARGETS:
            raise InvalidAnnouncementError(
                f"more than {MAX_TARGETS} targets", reason="too_many_targets"
            )
        return tuple(dict.fromkeys(printable(each, "target", MAX_NAME_CHARS) for each in listed))

    def priority(self, name: str) -> Priority | None:
        """A word (low, normal, high, critical) or 0–3."""
        value = self.take(name)
        if value is None:
            return None
        try:
            if isinstance(value, str):
                return Priority[value.upper()]
            return _PRIORITY_BY_NUMBER[_number(value, name, 0, max(Priority))]
        except KeyError:
            raise bad(name) from None

    def interrupt(self, name: str) -> InterruptPolicy | None:
        """A word: resume, restart or drop."""
        return self._word(name, InterruptPolicy)

    def purpose(self, name: str) -> Purpose | None:
        """A word: announcements, greetings, assistant, toys or stories."""
        return self._word(name, Purpose)

    def audible_label(self, name: str) -> AudibleLabel | None:
        """A word: none, rhythm or spoken."""
        return self._word(name, AudibleLabel)

    def switch(self, name: str) -> bool | None:
        """True or false."""
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        raise bad(name)

    def volume(self, name: str) -> int | None:
        """0–100."""
        value = self.take(name)
        return None if value is None else round(_number(value, name, 0, 100))

    def seconds(self, name: str, *, over: float = -1.0, most: float) -> float | None:
        """A duration of at least 0, more than `over`, and at most `most`."""
        value = self.take(name)
        if value is None:
            return None
        seconds = _number(value, name, 0, most)
        if seconds <= over:
            raise bad(name)
        return seconds

    def chime(self, name: str) -> str | None:
        """The name of a chime; true and false stand for the ordinary one and none.

        Never a path: who may publish must not choose which files of this machine are opened.
        """
        value = self.take(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return CHIME_ON if value else CHIME_OFF
        if not isinstance(value, str) or not _CHIME.fullmatch(value):
            raise bad(name)
        return value

    def _word(self, name: str, words: type[Word]) -> Word | None:
        value = self.take(name)
        if value is None:
            return None
        try:
            return words(str(value).lower())
        except ValueError:
            raise bad(name) from None


def printable(value: object, field: str, max_chars: int) -> str:
    """`value` if it is a short text of printable characters; else `bad_<field>`."""
    if not isinstance(value, str) or not 0 < len(value) <= max_chars or not value.isprintable():
        raise bad(field)
    return value


def _number(value: object, field: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad(field)
    if not least <= value <= most:
        raise bad(field)
    return float(value)
