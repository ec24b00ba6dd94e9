"""Tensors as a torch file describes them: a view of numbers that lie elsewhere in it."""

import math
from dataclasses import dataclass
from typing import Final

from voices.torch_pickle.errors import PickleDamagedError

_MAX_DIMENSIONS: Final = 8
_MAX_COUNT: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class StorageRecord:
    """Numbers that lie elsewhere in the file; `size` counts them."""

    key: str
    dtype: str
    size: int


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """A view of a storage; strides and offset count elements."""

    storage: StorageRecord
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)


def storage_record(key: object, dtype: str, size: object) -> StorageRecord:
    """A checked record."""
    if not isinstance(key, str):
        raise PickleDamagedError("its numbers are described wrongly")
    return StorageRecord(key, dtype, _count(size))


def tensor_record(storage: object, offset: object, shape: object, strides: object) -> TensorRecord:
    """A checked record."""
    if not isinstance(storage, StorageRecord):
        raise PickleDamagedError("a tensor in it has no numbers")
    record = TensorRecord(storage, _count(offset), _counts(shape), _counts(strides))
    if len(record.shape) != len(record.strides):
        raise PickleDamagedError("a tensor in it is described wrongly")
    return record


def _counts(values: object) -> tuple[int, ...]:
    if not isinstance(values, tuple) or len(values) > _MAX_DIMENSIONS:
        raise PickleDamagedError("a tensor in it is described wrongly")
    return tuple(_count(value) for value in values)


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_COUNT:
        raise PickleDamagedError("a tensor in it is described wrongly")
    return value
