"""Canonical JSON, and reading JSON that nobody vouches for."""

import json
import re
from typing import Any, NoReturn

_ID = re.compile(r"[0-9a-f]{8,64}")
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_NO_JSON = (ValueError, RecursionError)


class MalformedError(ValueError):
    """Content that is not what it should be; the message never quotes it."""


def canonical(content: object) -> bytes:
    """The one way to write this content: sorted keys, no spaces, ASCII, no NaN."""
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, *_NO_JSON) as error:
        raise MalformedError("not plain JSON") from error
    return text.encode("ascii")


def parse(data: bytes | bytearray) -> Any:
    """JSON, whatever was in it; every failure is a MalformedError."""
    try:
        return json.loads(data, parse_constant=_no_constant)
    except _NO_JSON as error:
        raise MalformedError("not JSON") from error


class Fields:
    """The fields of one JSON object, taken out one by one with their type checked."""

    def __init__(self, content: object) -> None:
        if not isinstance(content, dict):
            raise MalformedError("not a JSON object")
        self._content: dict[str, Any] = content

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._content

    def peek(self, name: str) -> Any:
        """Whatever is there, unchecked."""
        return self._content.get(name)

    def text(self, name: str, *, only: str | None = None) -> str:
        """A text, or exactly the text `only`."""
        value = self._content.get(name)
        if not isinstance(value, str) or only not in (None, value):
            raise _wrong(name)
        return value

    def identity(self, name: str) -> str:
        """An id."""
        return checked_id(self.text(name))

    def word(self, name: str) -> str:
        """A short word for machines."""
        return checked_word(self.text(name))

    def raw(self, name: str, size: int | None = None) -> bytes:
        """Bytes written in hexadecimal."""
        text = self.text(name)
        try:
            value = bytes.fromhex(text)
        except ValueError as error:
            raise _wrong(name) from error
        if value.hex() != text or size not in (None, len(value)):
            raise _wrong(name)
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number in bounds."""
        value = self._content.get(name)
        if type(value) is not int or not low <= value <= high:
            raise _wrong(name)
        return value

    def items(self, name: str, most: int) -> list[Any]:
        """A list of at most `most` items."""
        value = self._content.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise _wrong(name)
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object."""
        value = self._content.get(name)
        if not isinstance(value, dict):
            raise _wrong(name)
        return value


def checked_id(text: object) -> str:
    """The id, if it is one."""
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise MalformedError("not an id: 8 to 64 characters of 0-9 a-f")
    return text


def checked_word(text: object) -> str:
    """The word, if it is one."""
    if not isinstance(text, str) or not _WORD.fullmatch(text):
        raise MalformedError("not a word of a-z 0-9 _ . -")
    return text


def _wrong(name: str) -> MalformedError:
    return MalformedError(f"field {name} is missing or wrong")


def _no_constant(_text: str) -> NoReturn:
    raise MalformedError("not a JSON number")
