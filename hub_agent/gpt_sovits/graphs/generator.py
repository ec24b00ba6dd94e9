"""The generator (HiFi-GAN): from flow output to sound, in two graphs.

`coarse` sees far (10 frames to either side) and costs a fifth, `fine` sees 1.5 frames and costs
the rest: streaming repeats little. Time lies on the fourth axis, where onnxruntime's
convolutions are a quarter quicker on one core than on the third.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers
from hub_agent.gpt_sovits.graphs.reach import OUTER_REACH, rate_of, reach_of

if TYPE_CHECKING:
    import onnx

_SLOPE: Final = 0.1
_LAST_SLOPE: Final = 0.01
"""Before the last convolution, as in training."""
_NUM_COARSE: Final = 1
"""Stages in `coarse`."""

RATE: Final = "rate"
"""Kept in a graph: outputs to an input."""
REACH: Final = "reach"
"""Kept in a graph: how many inputs to either side an output depends on."""


def build_coarse(weights: Weights, config: S2Config) -> "onnx.ModelProto":
    """`z [1, inter, t]`, `ge [1, gin, 1]` to `features [1, width, rate t]`."""
    layers = Layers(graph=GraphBuilder("coarse"), weights=weights).at("dec")
    graph = layers.graph
    z = graph.input("z", [1, config.inter_channels, "t"])
    ge = graph.input("ge", [1, config.gin_channels, 1])
    x = _conv(layers, "conv_pre", _flat(layers, z))
    x = graph.node("Add", x, _conv(layers, "cond", _flat(layers, ge)))
    stages = range(_NUM_COARSE)
    for stage in stages:
        x = _stage(layers, config, stage, x)
    width = _width(layers)
    graph.output(layers.reshape(x, 1, width, -1), "features", [1, width, "steps"])
    reach = OUTER_REACH + reach_of(config, stages)
    return _described(graph.build(), rate_of(config, stages), reach)


def build_fine(weights: Weights, config: S2Config) -> "onnx.ModelProto":
    """`features [1, width, steps]` to `samples [1, 1, n]`."""
    layers = Layers(graph=GraphBuilder("fine"), weights=weights).at("dec")
    graph = layers.graph
    x = _flat(layers, graph.input("features", [1, _width(layers), "steps"]))
    stages = range(_NUM_COARSE, len(config.upsample_rates))
    for stage in stages:
        x = _stage(layers, config, stage, x)
    x = _conv(layers, "conv_post", _leaky(layers, x, _LAST_SLOPE))
    graph.output(layers.reshape(graph.node("Tanh", x), 1, 1, -1), "samples", [1, 1, "n"])
    reach = reach_of(config, stages, behind=OUTER_REACH)
    return _described(graph.build(), rate_of(config, stages), reach)


def _described(model: "onnx.ModelProto", rate: int, reach: int) -> "onnx.ModelProto":
    from onnx import helper

    helper.set_model_props(model, {RATE: str(rate), REACH: str(reach)})
    return model


def _width(layers: Layers) -> int:
    """Channels between the two graphs."""
    return layers.shape(f"ups.{_NUM_COARSE}.weight")[0]


def _stage(layers: Layers, config: S2Config, stage: int, x: str) -> str:
    """More samples of fewer channels, and the mean of the blocks over them."""
    x = _upsampled(layers, f"ups.{stage}", _leaky(layers, x, _SLOPE), config.upsample_rates[stage])
    first = stage * len(config.resblock_dilations)
    blocks = [
        _block(layers.at(f"resblocks.{first + number}"), dilations, x)
        for number, dilations in enumerate(config.resblock_dilations)
    ]
    return layers.multiply(layers.graph.node("Sum", *blocks), 1 / len(blocks))


def _upsampled(layers: Layers, name: str, x: str, rate: int) -> str:
    weight = layers.weight(f"{name}.weight")[:, :, None]
    padding = (weight.shape[3] - rate) // 2
    inputs = [layers.graph.constant(value) for value in (weight, layers.weight(f"{name}.bias"))]
    sides = [0, padding, 0, padding]
    return layers.graph.node("ConvTranspose", x, *inputs, strides=[1, rate], pads=sides)


def _block(layers: Layers, dilations: Sequence[int], x: str) -> str:
    for number, dilation in enumerate(dilations):
        wide = _conv(layers, f"convs1.{number}", _leaky(layers, x, _SLOPE), dilation)
        narrow = _conv(layers, f"convs2.{number}", _leaky(layers, wide, _SLOPE))
        x = layers.graph.node("Add", x, narrow)
    return x


def _conv(layers: Layers, name: str, x: str, dilation: int = 1) -> str:
    weight = layers.weight(f"{name}.weight")[:, :, None]
    padding = weight.shape[3] // 2 * dilation
    inputs = [layers.graph.constant(weight)]
    if layers.has(f"{name}.bias"):
        inputs.append(layers.graph.constant(layers.weight(f"{name}.bias")))
    sides = [0, padding, 0, padding]
    return layers.graph.node("Conv", x, *inputs, dilations=[1, dilation], pads=sides)


def _leaky(layers: Layers, x: str, slope: float) -> str:
    return layers.graph.node("LeakyRelu", x, alpha=slope)


def _flat(layers: Layers, x: str) -> str:
    """`[1, c, t]` as `[1, c, 1, t]`."""
    return layers.graph.node("Unsqueeze", x, layers.graph.constant([2], np.int64))
