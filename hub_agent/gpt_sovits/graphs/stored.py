"""Graphs on disk whose weights lie in one file beside them, each of them once.

onnxruntime maps such a file instead of copying it.
"""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

if TYPE_CHECKING:
    import onnx

_LEAST_BYTES: Final = 1024
"""Smaller values stay in the graph."""
_ALIGNMENT: Final = 4096
"""Of mapped values: a page."""


class WeightsFile:
    """The file of weights, being written; enter it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[bytes, int] = {}

    def __enter__(self) -> Self:
        self._file: BinaryIO = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def save(self, model: "onnx.ModelProto", path: Path) -> None:
        """Write the graph to `path`, which lies beside the weights; `model` loses them."""
        for tensor in model.graph.initializer:
            data = tensor.raw_data
            if len(data) >= _LEAST_BYTES:
                tensor.ClearField("raw_data")
                self._refer(tensor, data)
        path.write_bytes(model.SerializeToString())

    def put_away(self, tensor: "onnx.TensorProto") -> "onnx.TensorProto":
        """Write the values of a tensor, unless they are few; what refers to them.

        It is another tensor, as one that was cleared keeps its memory.
        """
        from onnx import TensorProto

        if len(tensor.raw_data) < _LEAST_BYTES:
            return tensor
        outside = TensorProto(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
        self._refer(outside, tensor.raw_data)
        return outside

    def _refer(self, tensor: "onnx.TensorProto", data: bytes) -> None:
        from onnx import TensorProto

        place = {
            "location": self._path.name,
            "offset": str(self._offset(data)),
            "length": str(len(data)),
        }
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in place.items():
            tensor.external_data.add(key=key, value=value)

    def _offset(self, data: bytes) -> int:
        digest = hashlib.sha256(data).digest()
        if digest not in self._places:
            self._file.write(bytes(-self._file.tell() % _ALIGNMENT))
            self._places[digest] = self._file.tell()
            self._file.write(data)
        return self._places[digest]
