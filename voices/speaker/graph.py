"""The network that embeds speakers, as an ONNX model made of its published weights.

Three LSTM layers of 256 over 40 mel bands, a linear layer with ReLU on the last state, and
length one. Weights stay float32: with int8 the equal error rate rises from 0.4 to 21.6 %.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from voices.errors import SpeakerModelError

if TYPE_CHECKING:
    import onnx

Tensors = Mapping[str, NDArray[np.float32]]

INPUT: Final = "mels"
OUTPUT: Final = "embeddings"
NUM_FRAMES: Final = 160
NUM_BANDS: Final = 40
SIZE: Final = 256
_LAYERS: Final = 3
_OPSET: Final = 17
_IR_VERSION: Final = 8
"""Of opset 17, understood by every onnxruntime we accept."""
_GATES: Final = (0, 3, 1, 2)
"""The weights come as input, forget, cell, output; ONNX wants input, output, forget, cell."""


def build_graph(weights: Tensors) -> bytes:
    """The model, `[n, 160, 40]` mel frames to `[n, 256]` embeddings, as a serialised file."""
    from onnx import checker, helper

    _check_shapes(weights)
    graph = helper.make_graph(
        _nodes(), "speaker", [_input()], [_output()], initializer=_constants(weights)
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="hub-agent",
    )
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _check_shapes(weights: Tensors) -> None:
    for name, shape in _expected_shapes().items():
        tensor = weights.get(name)
        if tensor is None or tensor.shape != shape or not np.isfinite(tensor).all():
            raise SpeakerModelError(
                f"the weights of the speaker model are not the known ones ({name})",
                hint="hub-agent models add speaker-check",
                reason="speaker_model_damaged",
            )


def _expected_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"linear.weight": (SIZE, SIZE), "linear.bias": (SIZE,)}
    for layer in range(_LAYERS):
        width = SIZE if layer else NUM_BANDS
        shapes[f"lstm.weight_ih_l{layer}"] = (4 * SIZE, width)
        shapes[f"lstm.weight_hh_l{layer}"] = (4 * SIZE, SIZE)
        shapes[f"lstm.bias_ih_l{layer}"] = (4 * SIZE,)
        shapes[f"lstm.bias_hh_l{layer}"] = (4 * SIZE,)
    return shapes


def _constants(weights: Tensors) -> list["onnx.TensorProto"]:
    from onnx import numpy_helper

    arrays: dict[str, NDArray[Any]] = {
        "linear_w": weights["linear.weight"],
        "linear_b": weights["linear.bias"],
        "axis_0": np.array([0], np.int64),
        "axis_1": np.array([1], np.int64),
    }
    for layer in range(_LAYERS):
        arrays |= _lstm_constants(weights, layer)
    return [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in arrays.items()]


def _lstm_constants(weights: Tensors, layer: int) -> dict[str, NDArray[Any]]:
    biases = [_by_gate(weights[f"lstm.bias_{way}_l{layer}"]) for way in ("ih", "hh")]
    return {
        f"w{layer}": _by_gate(weights[f"lstm.weight_ih_l{layer}"])[None],
        f"r{layer}": _by_gate(weights[f"lstm.weight_hh_l{layer}"])[None],
        f"b{layer}": np.concatenate(biases)[None],
    }


def _by_gate(stacked: NDArray[np.float32]) -> NDArray[np.float32]:
    gates = np.split(stacked, 4)
    return np.concatenate([gates[index] for index in _GATES])


def _nodes() -> list["onnx.NodeProto"]:
    from onnx import helper

    nodes = [helper.make_node("Transpose", [INPUT], ["x0"], perm=[1, 0, 2])]
    for layer in range(_LAYERS):
        nodes += _lstm_nodes(layer)
    last = f"h{_LAYERS - 1}"
    return [
        *nodes,
        helper.make_node("Squeeze", [last, "axis_0"], ["state"]),
        helper.make_node("Gemm", ["state", "linear_w", "linear_b"], ["linear"], transB=1),
        helper.make_node("Relu", ["linear"], ["raw"]),
        helper.make_node("ReduceL2", ["raw"], ["length"], axes=[1], keepdims=1),
        helper.make_node("Div", ["raw", "length"], [OUTPUT]),
    ]


def _lstm_nodes(layer: int) -> list["onnx.NodeProto"]:
    from onnx import helper

    constants = [f"{kind}{layer}" for kind in "wrb"]
    outputs = [f"y{layer}", f"h{layer}"]
    return [
        helper.make_node("LSTM", [f"x{layer}", *constants], outputs, hidden_size=SIZE),
        helper.make_node("Squeeze", [f"y{layer}", "axis_1"], [f"x{layer + 1}"]),
    ]


def _input() -> "onnx.ValueInfoProto":
    from onnx import TensorProto, helper

    shape: list[str | int | None] = ["n", NUM_FRAMES, NUM_BANDS]
    return helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape)


def _output() -> "onnx.ValueInfoProto":
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", SIZE])
