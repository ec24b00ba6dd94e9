"""Plain values out of a pickle, which may share parts, nest without end or contain themselves."""

from typing import Any, Final

from voices.torch_pickle.errors import PickleDamagedError
from voices.torch_pickle.records import TensorRecord

_MAX_DEPTH: Final = 32
_MAX_VALUES: Final = 1 << 18
"""Counted where they are used: a few shared ones can unfold into very many."""


def unshared(content: Any) -> Any:
    """The content with every container a fresh one; lists in place of tuples."""
    return _Copier().copied(content, 0)


class _Copier:
    """Counts what it copies."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES

    def copied(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if depth > _MAX_DEPTH or self._left < 0:
            raise PickleDamagedError("its index nests too deeply")
        match value:
            case dict():
                return {key: self.copied(item, depth + 1) for key, item in value.items()}
            case list() | tuple():
                return [self.copied(item, depth + 1) for item in value]
            case None | bool() | int() | float() | str() | TensorRecord():
                return value
            case _:
                raise PickleDamagedError("its index holds more than values")
