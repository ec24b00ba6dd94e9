"""Pickles in torch files, read as plain data by an interpreter of the few opcodes it needs.

Of the names a pickle may mention four kinds are known, and none of them is looked up in Python:
`OrderedDict` and `utils.HParams` become dictionaries, a storage type a dtype, and
`_rebuild_tensor_v2` a `TensorRecord`.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from io import BytesIO
from typing import Any, BinaryIO, Final

from voices.torch_pickle.errors import PickleDamagedError, PickleUnsafeError
from voices.torch_pickle.plain import unshared
from voices.torch_pickle.records import storage_record, tensor_record

MAX_PICKLE_BYTES: Final = 1 << 20
"""Seven times the longest official one."""
_TENSOR_ARGUMENTS: Final = (6, 7)
_MAX_NUMBERS_AS_KEYS: Final = 1024
"""Those of a pickle: more could be chosen so that all of them fall on one another in a dict."""


class _Name(Enum):
    MAPPING = auto()
    HYPER_PARAMETERS = auto()
    TENSOR = auto()


@dataclass(frozen=True, slots=True)
class _Dtype:
    name: str


class _HyperParameters(dict[Any, Any]):
    """What `HParams` holds; unlike other mappings it is filled by BUILD."""


_NAMES: Final[dict[str, object]] = {
    "collections OrderedDict": _Name.MAPPING,
    "utils HParams": _Name.HYPER_PARAMETERS,
    "torch._utils _rebuild_tensor_v2": _Name.TENSOR,
    "torch HalfStorage": _Dtype("float16"),
    "torch BFloat16Storage": _Dtype("bfloat16"),
    "torch FloatStorage": _Dtype("float32"),
    "torch LongStorage": _Dtype("int64"),
}

_MARK: Final = object()


def read_pickle(file: BinaryIO) -> Any:
    """The content of the next pickle in `file`, which stands right behind it afterwards.

    Plain values and `TensorRecord`s, every container a fresh one.
    """
    begin = file.tell()
    part = BytesIO(file.read(MAX_PICKLE_BYTES))
    try:
        content = _Reader().read(part)
    # A warning: where those are errors, an escape sequence that Python does not know is one.
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, Warning) as error:
        raise PickleDamagedError(f"its index cannot be read ({type(error).__name__})") from error
    file.seek(begin + part.tell())
    return unshared(content)


class _Reader:
    """A stack machine; what it builds is reached through `_OPCODES` only."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._numbers_as_keys = 0

    def read(self, file: BinaryIO) -> Any:
        for opcode, argument, _position in pickletools.genops(file):
            if opcode.name == "STOP":
                break
            if opcode.name in _LITERALS:
                self._stack.append(_LITERALS[opcode.name](argument))
            elif opcode.name in _OPCODES:
                _OPCODES[opcode.name](self, argument)
            else:
                raise PickleUnsafeError(opcode.name)
        (content,) = self._stack
        return content

    def put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def get(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def name(self, name: str) -> None:
        if name not in _NAMES:
            raise PickleUnsafeError(name.replace(" ", "."))
        self._stack.append(_NAMES[name])

    def mark(self, _argument: object) -> None:
        self._stack.append(_MARK)

    def marked_tuple(self, _argument: object) -> None:
        self._stack.append(tuple(self._pop_to_mark()))

    def short_tuple(self, size: int) -> None:
        items = [self._stack.pop() for _ in range(size)]
        self._stack.append(tuple(reversed(items)))

    def append(self, _argument: object) -> None:
        self._extend([self._stack.pop()])

    def appends(self, _argument: object) -> None:
        self._extend(self._pop_to_mark())

    def set_item(self, _argument: object) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._update([key, value])

    def set_items(self, _argument: object) -> None:
        self._update(self._pop_to_mark())

    def storage(self, _argument: object) -> None:
        # The format before 1.6 adds which part of other numbers they are: none.
        word, dtype, key, _place, size, *view = self._stack.pop()
        if word != "storage" or not isinstance(dtype, _Dtype) or view not in ([], [None]):
            raise PickleDamagedError("it holds numbers of an unknown kind")
        self._stack.append(storage_record(key, dtype.name, size))

    def reduce(self, _argument: object) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        if called is _Name.MAPPING and arguments == ():
            self._stack.append({})
        elif called is _Name.TENSOR and len(arguments) in _TENSOR_ARGUMENTS:
            self._stack.append(tensor_record(*arguments[:4]))
        else:
            raise PickleUnsafeError("a call")

    def new_object(self, _argument: object) -> None:
        arguments, kind = self._stack.pop(), self._stack.pop()
        if kind is not _Name.HYPER_PARAMETERS or arguments != ():
            raise PickleUnsafeError("an object")
        self._stack.append(_HyperParameters())

    def build(self, _argument: object) -> None:
        state, built = self._stack.pop(), self._stack[-1]
        if type(state) is not dict or not isinstance(built, dict):
            raise PickleUnsafeError("an object with a state")
        # The state of an OrderedDict is `_metadata`, the versions of modules.
        if isinstance(built, _HyperParameters):
            if built:
                raise PickleDamagedError("an object in its index has two states")
            built.update(state)

    def _pop_to_mark(self) -> list[Any]:
        items = []
        while (item := self._stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise PickleDamagedError("its index is inconsistent")
        target.extend(items)

    def _update(self, items: list[Any]) -> None:
        target = self._stack[-1]
        keys, values = items[::2], items[1::2]
        if not isinstance(target, dict) or not all(type(key) in {str, int} for key in keys):
            raise PickleDamagedError("its index is inconsistent")
        self._numbers_as_keys += sum(type(key) is int for key in keys)
        if self._numbers_as_keys > _MAX_NUMBERS_AS_KEYS:
            raise PickleDamagedError("its index has too many numbers for names")
        target.update(zip(keys, values, strict=True))


_LITERALS: Final[dict[str, Callable[[Any], Any]]] = {
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    **dict.fromkeys(
        ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"), lambda value: value
    ),
}

_OPCODES: Final[dict[str, Callable[[_Reader, Any], None]]] = {
    "PROTO": lambda _reader, _version: None,
    "BINPUT": _Reader.put,
    "LONG_BINPUT": _Reader.put,
    "BINGET": _Reader.get,
    "LONG_BINGET": _Reader.get,
    "GLOBAL": _Reader.name,
    "MARK": _Reader.mark,
    "TUPLE": _Reader.marked_tuple,
    "TUPLE1": lambda reader, _: reader.short_tuple(1),
    "TUPLE2": lambda reader, _: reader.short_tuple(2),
    "TUPLE3": lambda reader, _: reader.short_tuple(3),
    "APPEND": _Reader.append,
    "APPENDS": _Reader.appends,
    "SETITEM": _Reader.set_item,
    "SETITEMS": _Reader.set_items,
    "BINPERSID": _Reader.storage,
    "REDUCE": _Reader.reduce,
    "NEWOBJ": _Reader.new_object,
    "BUILD": _Reader.build,
}
