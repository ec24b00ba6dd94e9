"""Writes torch's zip format without torch: what the official savers write, and what nobody should.

Numbers are streamed, so a full-size checkpoint takes little memory.
"""

import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STORAGES = {"float16": "HalfStorage", "float32": "FloatStorage", "int64": "LongStorage"}
ROOT = "archive"


@dataclass(frozen=True)
class Name:
    """A Python name."""

    module: str
    name: str


@dataclass(frozen=True)
class Call:
    """Something called with arguments when it is unpickled."""

    called: Any
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Built:
    """Something that is given a state when it is unpickled."""

    value: Any
    state: Any


@dataclass(frozen=True)
class Stored:
    """A reference to numbers outside of the pickle."""

    described: tuple[Any, ...]


@dataclass(frozen=True)
class Raw:
    """Opcodes as they are."""

    opcodes: bytes


class HParams(dict[str, Any]):
    """Pickles as the trainer's object of settings."""


ORDERED_DICT = Name("collections", "OrderedDict")
REBUILD = Name("torch._utils", "_rebuild_tensor_v2")


def storage(key: str, size: int, dtype: str = "float16") -> Stored:
    return Stored(("storage", Name("torch", STORAGES[dtype]), key, "cpu", size))


def tensor(stored: Any, shape: tuple[int, ...], strides: Any = None, offset: int = 0) -> Call:
    """A view of a storage; dense unless `strides` says otherwise."""
    if strides is None:
        strides = tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))
    return Call(REBUILD, (stored, offset, shape, strides, False, Call(ORDERED_DICT)))


def ordered(items: Mapping[str, Any]) -> Raw:
    """An OrderedDict as torch's state dicts are pickled."""
    return Raw(_body(Call(ORDERED_DICT)) + _items(items))


def pickled(value: Any) -> bytes:
    """`value` in protocol 2, written by hand so that it may name what is not here."""
    return b"\x80\x02" + _body(value) + b"."


def _body(value: Any) -> bytes:
    match value:
        case Raw():
            return value.opcodes
        case Name():
            return f"c{value.module}\n{value.name}\n".encode()
        case Call():
            return _body(value.called) + _body(value.arguments) + b"R"
        case Built():
            return _body(value.value) + _body(value.state) + b"b"
        case Stored():
            return _body(value.described) + b"Q"
        case HParams():
            return b"cutils\nHParams\n)\x81" + _body(dict(value)) + b"b"
        case dict():
            return b"}" + _items(value)
        case list():
            return b"](" + b"".join(map(_body, value)) + b"e"
        case tuple():
            return b"(" + b"".join(map(_body, value)) + b"t" if value else b")"
        case _:
            return _literal(value)


def _literal(value: Any) -> bytes:
    match value:
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int() if -(1 << 31) <= value < 1 << 31:
            return b"J" + struct.pack("<i", value)
        case int():
            digits = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            return b"\x8a" + bytes([len(digits)]) + digits
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            text = value.encode()
            return b"X" + struct.pack("<I", len(text)) + text
        case _:
            raise TypeError(type(value))


def _items(items: Mapping[Any, Any]) -> bytes:
    return b"(" + b"".join(map(_body, chain.from_iterable(items.items()))) + b"u"


def write_members(
    path: Path,
    members: Iterable[tuple[str, Iterable[bytes]]],
    *,
    head: bytes = b"PK",
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A zip file as torch lays it out, each member from pieces; `head` replaces `PK`."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, pieces in members:
            with archive.open(f"{ROOT}/{name}", "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
    with path.open("r+b") as file:
        file.write(head)
    return path


def write_torch_file(
    path: Path, content: Any, numbers: Mapping[str, bytes], *, byte_order: bytes = b"little"
) -> Path:
    """A small file: any content, and the numbers of its storages by key."""
    members = {"data.pkl": pickled(content), "byteorder": byte_order, "version": b"3\n"}
    members |= {f"data/{key}": data for key, data in numbers.items()}
    return write_members(path, ((name, [data]) for name, data in members.items()))


def write_state(
    path: Path,
    shapes: Mapping[str, tuple[int, ...]],
    values: Iterator[NDArray[np.float32]],
    rest: Mapping[str, Any],
    *,
    head: bytes = b"PK",
) -> Path:
    """A trainer's file: float16 weights, one after the other, and what stands beside them."""
    tensors = {
        name: tensor(storage(str(key), int(np.prod(shape))), shape)
        for key, (name, shape) in enumerate(shapes.items())
    }
    index = pickled({"weight": ordered(tensors), **rest})
    first = [("data.pkl", [index]), ("byteorder", [b"little"]), ("version", [b"3\n"])]
    numbers = ((f"data/{key}", [value.astype("<f2").tobytes()]) for key, value in enumerate(values))
    return write_members(path, chain(first, numbers), head=head)
