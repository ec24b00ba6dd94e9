"""Reading the tensors of a published checkpoint without running anything in it.

The file is a sequence of pickles followed by raw numbers: the format torch wrote before 1.6.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voices.errors import SpeakerModelError
from voices.torch_pickle.errors import PickleDamagedError, PickleUnsafeError
from voices.torch_pickle.reader import read_pickle
from voices.torch_pickle.records import StorageRecord, TensorRecord, storage_record

Tensors = dict[str, NDArray[np.float32]]
_Numbers = Mapping[StorageRecord, NDArray[np.float32]]

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_DTYPE: Final = "float32"
_FLOAT_BYTES: Final = 4
_COUNT_BYTES: Final = 8
_MAX_BYTES: Final = 64 << 20
"""Nearly four times the published file."""
_MAX_STORAGES: Final = 256


def read_checkpoint(data: bytes, *, section: str) -> Tensors:
    """The tensors in one mapping of a checkpoint, e.g. `model_state`; anything odd is an error.

    Tensors that share numbers in the file share them here too.
    """
    if len(data) > _MAX_BYTES:
        raise _unusable("it is too big")
    try:
        return _read(BytesIO(data), section)
    except PickleDamagedError as error:
        raise _unusable(str(error)) from error
    except PickleUnsafeError as error:
        raise _unusable(f"it asks for {str(error)[:80]!r}") from error


def _read(file: BytesIO, section: str) -> Tensors:
    for expected in (_MAGIC, _PROTOCOL):
        if read_pickle(file) != expected:
            raise _unusable("its format is not the known one")
    system = read_pickle(file)
    if not isinstance(system, dict) or not system.get("little_endian"):
        raise _unusable("its numbers are not little-endian")
    content, keys = read_pickle(file), read_pickle(file)
    numbers = _read_numbers(file, keys)
    if numbers.keys() != set(_storages(content)):
        raise _unusable("its parts are not those it describes")
    return _tensors(content, section, numbers)


def _read_numbers(file: BytesIO, keys: object) -> _Numbers:
    if not isinstance(keys, list) or len(keys) > _MAX_STORAGES:
        raise _unusable("its parts are not listed, or too many")
    numbers = {}
    for key in keys:
        (size,) = struct.unpack("<q", _exactly(file, _COUNT_BYTES))
        storage = storage_record(key, _DTYPE, size)
        raw = _exactly(file, size * _FLOAT_BYTES)
        numbers[storage] = np.frombuffer(raw, "<f4").astype(np.float32)
    return numbers


def _exactly(file: BytesIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise _unusable("it is cut off")
    return data


def _storages(content: object) -> Iterator[StorageRecord]:
    match content:
        case TensorRecord():
            yield content.storage
        case dict():
            yield from _storages(list(content.values()))
        case list():
            for item in content:
                yield from _storages(item)


def _tensors(content: Any, section: str, numbers: _Numbers) -> Tensors:
    chosen = content.get(section) if isinstance(content, dict) else None
    if not isinstance(chosen, dict):
        raise _unusable(f"it has no {section}")
    return {
        str(name): _array(item, numbers[item.storage])
        for name, item in chosen.items()
        if isinstance(item, TensorRecord)
    }


def _array(record: TensorRecord, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
    if record.strides != _dense_strides(record.shape):
        raise _unusable("a tensor in it is not dense")
    if not 0 < record.size <= numbers.size - record.offset:
        raise _unusable("a tensor in it is empty or longer than its numbers")
    return numbers[record.offset : record.offset + record.size].reshape(record.shape)


def _dense_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def _unusable(why: str) -> SpeakerModelError:
    return SpeakerModelError(
        f"the weights of the speaker model cannot be used: {why}",
        hint="hub-agent models add speaker-check",
        reason="speaker_model_damaged",
    )
