"""Reading the tensors of a published checkpoint without running anything in it.

The file is a sequence of pickles followed by raw numbers: the format torch wrote before 1.6.
Of the pickles only an allow-list of names is resolved, and none of them calls into torch. They are
read by the unpickler that is written in Python: C's sets aside as much memory as the largest number
in a file asks for, 13 GB by one changed byte.
"""

import math
import struct
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pickle import _Unpickler
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from voices.errors import SpeakerModelError

Tensors = dict[str, NDArray[np.float32]]

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_FLOAT_BYTES: Final = 4
_COUNT_BYTES: Final = 8
_MAX_BYTES: Final = 64 << 20
"""Nearly four times the published file."""
_MAX_STORAGES: Final = 256
_MAX_DIMENSIONS: Final = 4


def read_checkpoint(data: bytes, *, section: str) -> Tensors:
    """The tensors in one mapping of a checkpoint, e.g. `model_state`; anything odd is an error."""
    if len(data) > _MAX_BYTES:
        raise _unusable("it is too big")
    try:
        return _read(BytesIO(data), section)
    except SpeakerModelError:
        raise
    except Exception as error:  # a pickle can fail in any way
        raise _unusable(f"it cannot be read ({type(error).__name__})") from error


def _read(file: BytesIO, section: str) -> Tensors:
    for expected in (_MAGIC, _PROTOCOL):
        if _plain(file) != expected:
            raise _unusable("its format is not the known one")
    if not _plain(file).get("little_endian"):
        raise _unusable("its numbers are not little-endian")
    unpickler = _TensorUnpickler(file)
    content = unpickler.load()
    keys = _plain(file)
    _read_storages(file, keys, unpickler.storages)
    return _tensors(content, section)


def _plain(file: BytesIO) -> Any:
    return _PlainUnpickler(file).load()


class _PlainUnpickler(_Unpickler):
    """Numbers, strings, lists and dictionaries only."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Nothing is needed, so nothing is found."""
        raise _unusable(f"it asks for {module[:40]}.{name[:40]}")


@dataclass(slots=True, eq=False)
class _Storage:
    """Room for numbers that follow the pickles."""

    size: int
    values: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> NDArray[np.float32]:
        size = math.prod(self.shape)
        if self.stride != _dense_strides(self.shape):
            raise _unusable("a tensor in it is not dense")
        if self.offset + size > self.storage.values.size:
            raise _unusable("a tensor in it is longer than its numbers")
        return self.storage.values[self.offset : self.offset + size].reshape(self.shape).copy()


class _TensorUnpickler(_Unpickler):
    """Besides plain values, tensors of floats in dense storages."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """What the few names the checkpoint needs stand for here."""
        try:
            return _NAMES[module, name]
        except KeyError:
            raise _unusable(f"it asks for {module[:40]}.{name[:40]}") from None

    def persistent_load(self, pid: Any) -> _Storage:
        """The storage `pid` describes: `("storage", type, key, place, size, view)`."""
        word, kind, key, _place, size, view = pid
        if word != "storage" or kind is not _float_storage or view is not None:
            raise _unusable("it holds numbers of an unknown kind")
        if not isinstance(key, str) or not _is_count(size, _MAX_BYTES // _FLOAT_BYTES):
            raise _unusable("it describes its numbers wrongly")
        if len(self.storages) >= _MAX_STORAGES:
            raise _unusable("it has too many parts")
        return self.storages.setdefault(key, _Storage(size))


def _float_storage(*_arguments: object) -> NoReturn:
    """Stands for the type of a storage; nobody makes one."""
    raise _unusable("it makes a storage of its own")


def _tensor(
    storage: object, offset: object, shape: object, stride: object, *_gradient: object
) -> _Tensor:
    if not isinstance(storage, _Storage) or not _is_count(offset, _MAX_BYTES):
        raise _unusable("it describes a tensor wrongly")
    if not _are_counts(shape) or not _are_counts(stride):
        raise _unusable("it describes a tensor wrongly")
    return _Tensor(storage, offset, shape, stride)  # type: ignore[arg-type]  # checked above


def _empty_mapping() -> OrderedDict[str, object]:
    """The only way such files make one: empty, and filled afterwards."""
    return OrderedDict()


_NAMES: Final[Mapping[tuple[str, str], Callable[..., Any]]] = {
    ("collections", "OrderedDict"): _empty_mapping,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): _float_storage,
}


def _read_storages(file: BytesIO, keys: Any, storages: Mapping[str, _Storage]) -> None:
    if not isinstance(keys, list) or len(keys) > _MAX_STORAGES or set(keys) != set(storages):
        raise _unusable("its parts are not those it describes")
    for key in keys:
        (size,) = struct.unpack("<q", _exactly(file, _COUNT_BYTES))
        if size != storages[key].size:
            raise _unusable("a part of it has another size than described")
        raw = _exactly(file, size * _FLOAT_BYTES)
        storages[key].values = np.frombuffer(raw, "<f4").astype(np.float32)


def _exactly(file: BytesIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise _unusable("it is cut off")
    return data


def _tensors(content: Any, section: str) -> Tensors:
    chosen = content.get(section) if isinstance(content, dict) else None
    if not isinstance(chosen, dict):
        raise _unusable(f"it has no {section}")
    return {str(name): value.array() for name, value in chosen.items() if _is_tensor(value)}


def _is_tensor(value: object) -> bool:
    return isinstance(value, _Tensor)


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _are_counts(values: object) -> bool:
    return (
        isinstance(values, tuple)
        and len(values) <= _MAX_DIMENSIONS
        and all(_is_count(value, sys.maxsize) for value in values)
    )


def _dense_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def _unusable(why: str) -> SpeakerModelError:
    return SpeakerModelError(
        f"the weights of the speaker model cannot be used: {why}",
        hint="hub-agent models add speaker-check",
        reason="speaker_model_damaged",
    )
