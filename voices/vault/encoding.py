"""A payload as bytes: its JSON with a length before it, then the arrays one after another."""

import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voices.durable import Data
from voices.payload import Payload
from voices.vault.fields import Fields, MalformedError, canonical, parse

MAGIC = b"HVP1"
MAX_BYTES = 256 << 20
MAX_ARRAYS = 1024
MAX_DIMENSIONS = 8
MAX_META_BYTES = 16 << 20
DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"
    )
}  # fmt: skip
_START = struct.Struct("<4sI")


def encode(payload: Payload) -> bytearray:
    """The bytes of a payload; MalformedError for what cannot be kept."""
    arrays = {name: _plain(array) for name, array in payload.arrays.items()}
    listed = [
        {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}
        for name, array in arrays.items()
    ]
    head = canonical({"meta": dict(payload.meta), "arrays": listed})
    size = _START.size + len(head) + sum(array.nbytes for array in arrays.values())
    if len(head) > MAX_META_BYTES or size > MAX_BYTES or len(arrays) > MAX_ARRAYS:
        raise MalformedError("too big")
    data = bytearray(_START.pack(MAGIC, len(head)) + head)
    for array in arrays.values():
        data += array.tobytes()
    return data


def decode(data: Data) -> Payload:
    """The payload of bytes, with arrays of its own; MalformedError for any other bytes."""
    if not _START.size <= len(data) <= MAX_BYTES:
        raise MalformedError("too short or too big")
    magic, size = _START.unpack_from(data)
    body = _START.size + size
    if magic != MAGIC or size > MAX_META_BYTES or body > len(data):
        raise MalformedError("not a payload")
    head = Fields(parse(bytes(data[_START.size : body])))
    return Payload(head.mapping("meta"), dict(_arrays(head, memoryview(data)[body:])))


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """The array in the one form we keep."""
    if array.dtype.name not in DTYPES or array.ndim > MAX_DIMENSIONS:
        raise MalformedError("an array of a kind that is not kept")
    return np.asarray(array, DTYPES[array.dtype.name], order="C")


def _arrays(head: Fields, rest: memoryview) -> Iterator[tuple[str, NDArray[Any]]]:
    seen: set[str] = set()
    for item in head.items("arrays", MAX_ARRAYS):
        one = Fields(item)
        name, dtype, shape = one.text("name"), one.text("dtype"), _shape(one)
        if name in seen or dtype not in DTYPES:
            raise MalformedError("an array that is twice there or of unknown kind")
        seen.add(name)
        size = math.prod(shape) * DTYPES[dtype].itemsize
        if size > len(rest):
            raise MalformedError("an array is cut off")
        yield name, np.frombuffer(rest[:size], DTYPES[dtype]).reshape(shape).copy()
        rest = rest[size:]
    if rest:
        raise MalformedError("more bytes than arrays")


def _shape(one: Fields) -> tuple[int, ...]:
    shape = one.items("shape", MAX_DIMENSIONS)
    if any(type(length) is not int or not 0 <= length <= MAX_BYTES for length in shape):
        raise MalformedError("an array of impossible shape")
    return tuple(shape)
