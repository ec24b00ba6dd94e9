"""Numbers out of the settings that a checkpoint carries."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.weights import Weights

_MOST: Final = 1 << 16
_MAX_LIST: Final = 16


class Section:
    """One section of the settings."""

    def __init__(self, content: Mapping[str, Any], *path: str) -> None:
        values: object = content
        for name in path:
            values = values.get(name) if isinstance(values, dict) else None
        if not isinstance(values, dict):
            raise damaged(f"its settings have no section {'.'.join(path)}")
        self._values = values

    def number(self, name: str) -> int:
        """A positive integer."""
        return _number(self._values.get(name), name)

    def fraction(self, name: str) -> float:
        """A number between 0 and 1, neither of them."""
        value = self._values.get(name)
        if type(value) is not float or not 0 < value < 1:
            raise _senseless(name)
        return value

    def require(self, name: str, value: str) -> None:
        """It is `value`: we know no other."""
        if self._values.get(name) != value:
            raise _senseless(name)

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of positive integers."""
        return tuple(_number(item, name) for item in _items(self._values.get(name), name))

    def rows(self, name: str) -> tuple[tuple[int, ...], ...]:
        """A list of lists of positive integers."""
        rows = _items(self._values.get(name), name)
        return tuple(tuple(_number(item, name) for item in _items(row, name)) for row in rows)


def read_json(path: Path, *, max_bytes: int) -> Mapping[str, Any]:
    """An object in a file beside a checkpoint, which is no longer than `max_bytes`."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(max_bytes))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(f"its {path.name} cannot be read") from error
    if not isinstance(content, dict):
        raise damaged(f"its {path.name} makes no sense")
    return content


def check_shapes(weights: Weights, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Each expected weight is there and has its shape."""
    for name, shape in expected.items():
        if name not in weights:
            raise damaged(f"{name} is missing")
        if weights.shape(name) != shape:
            raise damaged(f"{name} has the wrong shape")


def sizes(weights: Weights, name: str, num_dimensions: int) -> tuple[int, ...]:
    """The shape of a weight that must be there."""
    if name not in weights or len(weights.shape(name)) != num_dimensions:
        raise damaged(f"{name} is missing or has the wrong shape")
    return weights.shape(name)


def count_layers(weights: Weights, name: str) -> int:
    """How many layers there are; `name` has {} where the number of the layer is."""
    count = 0
    while name.format(count) in weights:
        count += 1
    return count


def _items(values: object, name: str) -> list[Any]:
    if not isinstance(values, list) or not 0 < len(values) <= _MAX_LIST:
        raise _senseless(name)
    return values


def _number(value: object, name: str) -> int:
    if type(value) is not int or not 0 < value <= _MOST:
        raise _senseless(name)
    return value


def _senseless(name: str) -> ModelFileError:
    return damaged(f"its setting {name} makes no sense")
