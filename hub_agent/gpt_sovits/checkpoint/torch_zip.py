"""Torch's zip format: a pickle that describes tensors, and their numbers beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.archive import Member, list_members, read_member
from hub_agent.gpt_sovits.checkpoint.pickled import read_pickle
from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from voices.torch_pickle.reader import MAX_PICKLE_BYTES
from voices.torch_pickle.records import TensorRecord

_PICKLE: Final = "data.pkl"
_BYTE_ORDER: Final = "byteorder"
_NUMBERS: Final = "data/"
_SECTION: Final = "weight"
"""Where the trainer's files keep their tensors; a bare state dict has them at the top."""
ITEM_BYTES: Final = {"float16": 2, "bfloat16": 2, "float32": 4, "int64": 8}
_MAX_TENSORS: Final = 1 << 14
_MAX_ELEMENTS: Final = 1 << 30
"""Of all storages that reading each tensor once goes through."""


@dataclass(frozen=True, slots=True, eq=False)
class TorchFile:
    """The tensors, which are read when asked for, and everything else as plain values."""

    tensors: "StoredTensors"
    content: Mapping[str, Any]


class StoredTensors(Weights):
    """Tensors in a file by name; each is read, checked and widened to float32 when asked for."""

    def __init__(
        self, path: Path, members: Mapping[str, Member], records: Mapping[str, TensorRecord]
    ) -> None:
        self._path = path
        self._members = members
        self._records = records
        for record in records.values():
            self._check(record)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        record = self._records[name]
        raw = read_member(self._path, self._member(record))
        dtype = record.storage.dtype
        begin, end = (ITEM_BYTES[dtype] * n for n in (record.offset, record.offset + record.size))
        return _laid_out(widened(memoryview(raw)[begin:end], dtype), record)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one, without reading it."""
        return self._records[name].shape

    def _check(self, record: TensorRecord) -> None:
        storage = record.storage
        if self._member(record).size != storage.size * ITEM_BYTES[storage.dtype]:
            raise damaged("a part of it has another size than described")
        if record.size and record.offset + record.size > storage.size:
            raise damaged("a tensor in it is longer than its numbers")
        _dense_order(record)

    def _member(self, record: TensorRecord) -> Member:
        return _required(self._members, _NUMBERS + record.storage.key)


def read_torch_zip(path: Path) -> TorchFile:
    """Describe the file and check that it is whole in form; numbers are read later."""
    members = list_members(path)
    index = _required(members, _PICKLE)
    if index.size > MAX_PICKLE_BYTES:
        raise damaged("its index is too long")
    if _BYTE_ORDER in members and _byte_order(path, members[_BYTE_ORDER]) != b"little":
        raise damaged("its numbers are not little-endian")
    content = read_pickle(bytes(read_member(path, index)))
    if not isinstance(content, dict):
        raise damaged("it holds no table of weights")
    section = content.pop(_SECTION, content)
    return TorchFile(StoredTensors(path, members, _records(section)), _without_tensors(content))


def widened(raw: bytes | memoryview, dtype: str) -> NDArray[np.float32]:
    """Little-endian numbers of a type in `ITEM_BYTES`, which are numbers indeed."""
    if dtype == "bfloat16":
        # The upper half of a float32.
        values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        values = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).astype(np.float32)
    if not np.isfinite(values).all():
        raise damaged("it holds values that are no numbers")
    return values


def _byte_order(path: Path, member: Member) -> bytes:
    return bytes(read_member(path, member)) if member.size < len(b"big-endian") else b""


def _required(members: Mapping[str, Member], name: str) -> Member:
    if name not in members:
        raise damaged(f"a part of it is missing: {name[:40]!r}")
    return members[name]


def _records(section: object) -> dict[str, TensorRecord]:
    items = section.items() if isinstance(section, dict) else ()
    records = {str(name): item for name, item in items if isinstance(item, TensorRecord)}
    if not records:
        raise damaged("it holds no weights")
    sizes = (record.storage.size for record in records.values())
    if len(records) > _MAX_TENSORS or sum(sizes) > _MAX_ELEMENTS:
        raise damaged("it holds too many weights")
    return records


def _without_tensors(content: dict[Any, Any]) -> dict[str, Any]:
    return {
        str(key): value for key, value in content.items() if not isinstance(value, TensorRecord)
    }


def _laid_out(values: NDArray[np.float32], record: TensorRecord) -> NDArray[np.float32]:
    order = _dense_order(record)
    stored = values.reshape([record.shape[axis] for axis in order])
    return np.ascontiguousarray(stored.transpose(np.argsort(order))).reshape(record.shape)


def _dense_order(record: TensorRecord) -> list[int]:
    """The axes as they lie in the file, slowest first; gaps and overlaps are errors."""
    axes = range(len(record.shape))
    order = sorted(axes, key=lambda axis: (-record.strides[axis], record.shape[axis] == 1))
    step = 1
    for axis in reversed(order):
        if record.shape[axis] > 1 and record.strides[axis] != step and record.size:
            raise damaged("a tensor in it is not dense")
        step *= record.shape[axis]
    return order
