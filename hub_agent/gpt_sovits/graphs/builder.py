"""Writes ONNX graphs: values are strings, constants are stored once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import onnx

MICROSOFT: Final = "com.microsoft"
_OPSET: Final = 17
_IR_VERSION: Final = 8
"""Of opset 17, understood by every onnxruntime we accept."""

_MOST_SHARED: Final = 64
"""Axes, shapes and scalars are worth finding again; weights are not."""

Shape = Sequence[int | str]


class GraphBuilder:
    """One graph in the making. Names of values are made here; inputs and outputs keep theirs."""

    def __init__(
        self,
        name: str,
        put_away: "Callable[[onnx.TensorProto], onnx.TensorProto] | None" = None,
    ) -> None:
        """`put_away` makes a reference of each constant, so that memory holds one of them."""
        self._name = name
        self._put_away = put_away
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._small: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._initializers: list[onnx.TensorProto] = []
        self._domains: set[str] = set()

    def input(self, name: str, shape: Shape, dtype: type[np.generic] = np.float32) -> str:
        """An input of the graph; a dimension is a number or a name."""
        self._inputs.append(_value(name, shape, dtype))
        return name

    def output(
        self, value: str, name: str, shape: Shape, dtype: type[np.generic] = np.float32
    ) -> None:
        """Give `value` out under `name`, which it may have already."""
        if value != name:
            self.node("Identity", value, name=name)
        self._outputs.append(_value(name, shape, dtype))

    def constant(self, array: ArrayLike, dtype: type[np.generic] | None = None) -> str:
        """A weight or another constant."""
        values: NDArray[Any] = np.ascontiguousarray(array, dtype)
        if values.size > _MOST_SHARED:
            return self._initializer(values)
        key = values.dtype.str, values.shape, values.tobytes()
        if key not in self._small:
            self._small[key] = self._initializer(values)
        return self._small[key]

    def node(
        self, op: str, *inputs: str, name: str | None = None, domain: str = "", **attributes: Any
    ) -> str:
        """An operation with one output; an optional input that is left out is ''."""
        outputs = 1 if name is None else [name]
        return self.nodes(op, *inputs, outputs=outputs, domain=domain, **attributes)[0]

    def nodes(
        self,
        op: str,
        *inputs: str,
        outputs: int | Sequence[str],
        domain: str = "",
        **attributes: Any,
    ) -> list[str]:
        """An operation with several outputs."""
        from onnx import helper

        count = len(self._nodes)
        names = (
            [f"v{count}_{index}" for index in range(outputs)]
            if isinstance(outputs, int)
            else list(outputs)
        )
        self._nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        self._domains.add(domain)
        return names

    def build(self) -> "onnx.ModelProto":
        """The finished model."""
        from onnx import helper

        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, initializer=self._initializers
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        opsets += [helper.make_opsetid(domain, 1) for domain in sorted(self._domains - {""})]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="hub-agent"
        )

    def _initializer(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"c{len(self._initializers)}"
        tensor = numpy_helper.from_array(values, name)
        self._initializers.append(self._put_away(tensor) if self._put_away else tensor)
        return name


def _value(name: str, shape: Shape, dtype: type[np.generic]) -> "onnx.ValueInfoProto":
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, list(shape))
