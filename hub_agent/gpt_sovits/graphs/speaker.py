"""ERes2NetV2 (Chen et al. 2024): from log mel energies to who speaks."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.filterbank import NUM_BANDS
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers

if TYPE_CHECKING:
    import onnx

_STRIDES: Final = (1, 2, 2, 2)
"""Of the four layers; no checkpoint tells."""
_NORM_EPSILON: Final = 1e-5
_CEILING: Final = 20.0
"""Where activations inside a block are cut."""


def build_speaker(weights: Weights) -> "onnx.ModelProto":
    """`bands [t, 80]` to `embedding [1, 10 channels]`: the mean over time, not of unit length."""
    layers = Layers(graph=GraphBuilder("speaker"), weights=weights)
    graph = layers.graph
    bands = graph.input("bands", ["t", NUM_BANDS])
    picture = layers.reshape(graph.node("Transpose", bands, perm=[1, 0]), 1, 1, NUM_BANDS, -1)
    x = graph.node("Relu", _conv(layers, "conv1", "bn1", picture))
    finer = x
    for number, stride in enumerate(_STRIDES, start=1):
        finer, x = x, _layer(layers, f"layer{number}", x, stride)
    fused = _fused(layers.at("fuse34"), x, _conv(layers, "layer3_ds", None, finer, stride=2))
    mean = graph.node("ReduceMean", fused, axes=[3], keepdims=0)
    graph.output(layers.reshape(mean, 1, -1), "embedding", [1, "width"])
    return graph.build()


def _layer(layers: Layers, name: str, x: str, stride: int) -> str:
    for number in range(layers.count(name)):
        x = _block(layers.at(f"{name}.{number}"), x, 1 if number else stride)
    return x


def _block(layers: Layers, x: str, stride: int) -> str:
    """Groups of channels, each told of the one before it, around a shortcut."""
    graph = layers.graph
    scale = layers.count("convs")
    width = layers.shape("convs.0.weight")[0]
    inner = _cut(layers, _conv(layers, "conv1", "bn1", x, stride=stride))
    groups = layers.split(inner, [width] * scale, 1)
    done: list[str] = []
    for number, group in enumerate(groups):
        told = _told(layers, number, done[-1], group) if done else group
        done.append(_cut(layers, _conv(layers, f"convs.{number}", f"bns.{number}", told)))
    out = _conv(layers, "conv3", "bn3", graph.node("Concat", *done, axis=1))
    if layers.has("shortcut.0.weight"):
        x = _conv(layers, "shortcut.0", "shortcut.1", x, stride=stride)
    return _cut(layers, graph.node("Add", out, x))


def _told(layers: Layers, number: int, before: str, group: str) -> str:
    name = f"fuse_models.{number - 1}"
    if layers.has(f"{name}.local_att.0.weight"):
        return _fused(layers.at(name), before, group)
    return layers.graph.node("Add", before, group)


def _fused(layers: Layers, x: str, other: str) -> str:
    """Attentional fusion: x (1 + a) + other (1 - a), where a depends on both."""
    graph = layers.graph
    inner = _conv(layers, "local_att.0", "local_att.1", graph.node("Concat", x, other, axis=1))
    swished = graph.node("Mul", inner, graph.node("Sigmoid", inner))
    share = graph.node("Tanh", _conv(layers, "local_att.3", "local_att.4", swished))
    kept = graph.node("Mul", x, layers.add(share, 1))
    added = graph.node("Mul", other, graph.node("Sub", graph.constant(1, np.float32), share))
    return graph.node("Add", kept, added)


def _conv(layers: Layers, conv: str, norm: str | None, x: str, *, stride: int = 1) -> str:
    """A convolution with the batch norm behind it folded in."""
    weight, bias = _folded(layers, conv, norm)
    padding = [weight.shape[2] // 2] * 4
    inputs = [layers.graph.constant(value, np.float32) for value in (weight, bias)]
    return layers.graph.node("Conv", x, *inputs, strides=[stride, stride], pads=padding)


def _folded(layers: Layers, conv: str, norm: str | None) -> tuple[NDArray[Any], NDArray[Any]]:
    weight = layers.weight(f"{conv}.weight").astype(np.float64)
    has_bias = layers.has(f"{conv}.bias")
    bias = layers.weight(f"{conv}.bias") if has_bias else np.zeros(len(weight))
    if norm is None:
        return weight, bias
    at = layers.at(norm)
    gain = at.weight("weight") / np.sqrt(at.weight("running_var").astype(float) + _NORM_EPSILON)
    return weight * gain[:, None, None, None], (
        bias - at.weight("running_mean")
    ) * gain + at.weight("bias")


def _cut(layers: Layers, x: str) -> str:
    ends = [layers.graph.constant(value, np.float32) for value in (0, _CEILING)]
    return layers.graph.node("Clip", x, *ends)
