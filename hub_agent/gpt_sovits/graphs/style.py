"""From a spectrum to the style vectors of a voice."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.s2_shapes import STYLE_BINS, STYLE_CHANNELS, S2Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.attention import Heads, attention
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers

if TYPE_CHECKING:
    import onnx

_HEADS: Final = 2


def build_style(weights: Weights, config: S2Config) -> "onnx.ModelProto":
    """`spectrum [1, 1025, t]` to `ge [1, gin, 1]` and `ge_mrte [1, 512, 1]`.

    Checkpoints that know speakers also take `speaker [1, 20480]`. Both vectors of several
    references are the means of each one's.
    """
    layers = Layers(graph=GraphBuilder("style"), weights=weights)
    graph = layers.graph
    spectrum = graph.input("spectrum", [1, "bins", "t"])
    ge = _reference(layers.at("ref_enc"), spectrum)
    ge_mrte = ge
    if config.speaker_size is not None:
        speaker = graph.input("speaker", [1, config.speaker_size])
        total = graph.node("Add", ge, layers.linear("sv_emb", speaker))
        ge = graph.node("PRelu", total, graph.constant(layers.weight("prelu.weight")))
        ge_mrte = layers.linear("ge_to512", ge)
    graph.output(layers.reshape(ge, 1, -1, 1), "ge", [1, config.gin_channels, 1])
    graph.output(layers.reshape(ge_mrte, 1, -1, 1), "ge_mrte", [1, config.mrte_channels, 1])
    return graph.build()


def _reference(layers: Layers, spectrum: str) -> str:
    """`[1, gin]`, from the lowest bins."""
    graph = layers.graph
    ends = [graph.constant([value], np.int64) for value in (0, STYLE_BINS, 1)]
    x = layers.swap(graph.node("Slice", spectrum, *ends))
    for name in ("spectral.0.fc", "spectral.3.fc"):
        x = _mish(layers, layers.linear(name, x))
    x = layers.swap(_temporal(layers, layers.swap(x)))
    x = graph.node("Add", x, attention(_heads(layers.at("slf_attn")), x, x))
    return graph.node("ReduceMean", layers.linear("fc.fc", x), axes=[1], keepdims=0)


def _mish(layers: Layers, x: str) -> str:
    """The activation x tanh(log(1 + e^x))."""
    soft = layers.graph.node("Tanh", layers.graph.node("Softplus", x))
    return layers.graph.node("Mul", x, soft)


def _temporal(layers: Layers, x: str) -> str:
    """Gated convolutions, added to what goes in."""
    graph = layers.graph
    for number in range(layers.count("temporal")):
        name = f"temporal.{number}.conv1.conv"
        wide, width, kernel = layers.shape(f"{name}.weight")
        both = layers.conv(name, x, padding=kernel // 2)
        content, gate = layers.split(both, [width, wide - width], 1)
        gated = graph.node("Mul", content, graph.node("Sigmoid", gate))
        x = graph.node("Add", x, gated)
    return x


def _heads(layers: Layers) -> Heads:
    return Heads(
        layers=layers,
        count=_HEADS,
        query="w_qs",
        key="w_ks",
        value="w_vs",
        out="fc",
        temperature=math.sqrt(STYLE_CHANNELS),
    )
