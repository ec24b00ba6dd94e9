"""The safetensors format: a JSON table of tensors, and their numbers behind it.

https://huggingface.co/docs/safetensors: eight bytes of length, the table, the numbers.
"""

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.problems import damaged, unreadable
from hub_agent.gpt_sovits.checkpoint.torch_zip import ITEM_BYTES, widened
from hub_agent.gpt_sovits.checkpoint.weights import Weights

_LENGTH: Final = struct.Struct("<Q")
_MAX_TABLE_BYTES: Final = 4 << 20
_MAX_TENSORS: Final = 1 << 14
_MAX_DIMENSIONS: Final = 8
_METADATA: Final = "__metadata__"
_DTYPES: Final = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "I64": "int64"}


@dataclass(frozen=True, slots=True)
class _Record:
    dtype: str
    shape: tuple[int, ...]
    offset: int
    num_bytes: int


class SafeTensors(Weights):
    """Tensors in a file by name; each is read, checked and widened to float32 when asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                length = _length(file.read(_LENGTH.size))
                table = _table(file.read(length))
        except OSError as error:
            raise unreadable(error) from error
        start = _LENGTH.size + length
        room = path.stat().st_size - start
        self._records = {name: _record(entry, start, room) for name, entry in table.items()}

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        record = self._records[name]
        with self._path.open("rb") as file:
            file.seek(record.offset)
            raw = file.read(record.num_bytes)
        if len(raw) != record.num_bytes:
            raise damaged("a part of it cannot be read")
        return widened(raw, record.dtype).reshape(record.shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one, without reading it."""
        return self._records[name].shape


def _length(raw: bytes) -> int:
    length = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else 0
    if not 0 < length <= _MAX_TABLE_BYTES:
        raise damaged("its index is missing or too long")
    return int(length)


def _table(raw: bytes) -> Mapping[str, Any]:
    try:
        table = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise damaged("its index cannot be read") from error
    if not isinstance(table, dict):
        raise damaged("it holds no table of weights")
    table.pop(_METADATA, None)
    if not 0 < len(table) <= _MAX_TENSORS:
        raise damaged("it holds no weights or too many")
    return table


def _record(entry: object, start: int, room: int) -> _Record:
    """A checked tensor of the `room` bytes from `start` on."""
    match entry:
        case {"dtype": str(name), "shape": list(shape), "data_offsets": [begin, end]}:
            counts = [*shape, begin, end]
        case _:
            raise damaged("a tensor in it is described wrongly")
    dtype = _DTYPES.get(name)
    if dtype is None or len(shape) > _MAX_DIMENSIONS or any(not _is_count(n) for n in counts):
        raise damaged("a tensor in it is described wrongly")
    num_bytes = end - begin
    if end > room or num_bytes != math.prod(shape) * ITEM_BYTES[dtype]:
        raise damaged("a part of it has another size than described")
    return _Record(dtype, tuple(shape), start + begin, num_bytes)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
