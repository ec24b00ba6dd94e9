"""One way only to write a value as bytes, so that it can be signed."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

JsonObject = dict[str, Any]

_LARGEST_INT = 2**53 - 1
"""What every reader of JSON keeps exactly."""
_DEEPEST = 8


def canonical(value: Mapping[str, Any]) -> bytes:
    """`value` as JSON: sorted keys, no spaces, UTF-8.

    ValueError for all but whole numbers, texts, lists and objects of them: there is one way only to
    write these.
    """
    _check(value, _DEEPEST)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def parse(data: bytes) -> JsonObject:
    """The object that `canonical` wrote as exactly these bytes; ValueError for any others."""
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict) or canonical(value) != data:
        raise ValueError("not in canonical form")
    return value


def _check(value: object, depth: int) -> None:
    if depth == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("a key is not text")  # noqa: TRY004 – one error for all of it
            _check(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif not _is_plain(value):
        raise ValueError("neither a whole number nor text")


def _is_plain(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= _LARGEST_INT
    return isinstance(value, str)


def _refuse(_text: str) -> NoReturn:
    raise ValueError("not a whole number")
