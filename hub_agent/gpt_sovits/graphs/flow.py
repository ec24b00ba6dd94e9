"""The normalising flow: from latents to what the generator turns into sound, in one's timbre."""

from typing import TYPE_CHECKING, Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers

if TYPE_CHECKING:
    import onnx

CONTEXT: Final = 32
"""Frames on either side that a frame depends on: 4 couplings of 4 convolutions of 5 frames."""


def build_flow(weights: Weights, config: S2Config) -> "onnx.ModelProto":
    """`latents [1, hidden, t]`, `noise [1, inter, t]`, `ge [1, gin, 1]` to `z [1, inter, t]`.

    The noise comes scaled; `mean` and `log_scale`, `[1, inter, t]`, are what it is added to.
    Couplings have even numbers, the flips between them odd ones.
    """
    layers = Layers(graph=GraphBuilder("flow"), weights=weights)
    graph = layers.graph
    inter = config.inter_channels
    latents = graph.input("latents", [1, config.hidden_channels, "t"])
    noise = graph.input("noise", [1, inter, "t"])
    ge = graph.input("ge", [1, config.gin_channels, 1])
    mean, log_scale = layers.split(layers.conv("enc_p.proj", latents), [inter, inter], 1)
    spread = graph.node("Mul", noise, graph.node("Exp", log_scale))
    z = graph.node("Add", mean, spread)
    for number in reversed(range(0, 2 * config.num_couplings, 2)):
        z = _uncoupled(layers.at(f"flow.flows.{number}"), _flipped(layers, z), ge, inter // 2)
    for value, name in ((z, "z"), (mean, "mean"), (log_scale, "log_scale")):
        graph.output(value, name, [1, inter, "t"])
    return graph.build()


def _flipped(layers: Layers, z: str) -> str:
    """Channels in reverse order."""
    start, end, axis, step = (
        layers.graph.constant([value], np.int64) for value in (-1, np.iinfo(np.int64).min, 1, -1)
    )
    return layers.graph.node("Slice", z, start, end, axis, step)


def _uncoupled(layers: Layers, z: str, ge: str, half: int) -> str:
    """The second half of the channels, less what the first half tells about it."""
    graph = layers.graph
    first, second = layers.split(z, [half, half], 1)
    told = layers.conv("post", _wave_net(layers.at("enc"), layers.conv("pre", first), ge))
    return graph.node("Concat", first, graph.node("Sub", second, told), axis=1)


def _wave_net(layers: Layers, x: str, ge: str) -> str:
    """Gated convolutions whose skip connections are summed."""
    graph = layers.graph
    depth = layers.count("in_layers")
    wide, width, kernel = layers.shape("in_layers.0.weight")
    conditions = layers.split(layers.conv("cond_layer", ge), [wide] * depth, 1)
    skipped = ""
    for number, condition in enumerate(conditions):
        inner = layers.conv(f"in_layers.{number}", x, padding=kernel // 2)
        gated = _gated(layers, graph.node("Add", inner, condition), width)
        out = layers.conv(f"res_skip_layers.{number}", gated)
        if number < depth - 1:
            change, out = layers.split(out, [width, width], 1)
            x = graph.node("Add", x, change)
        skipped = graph.node("Add", skipped, out) if skipped else out
    return skipped


def _gated(layers: Layers, x: str, width: int) -> str:
    graph = layers.graph
    content, gate = layers.split(x, [width, width], 1)
    return graph.node("Mul", graph.node("Tanh", content), graph.node("Sigmoid", gate))
