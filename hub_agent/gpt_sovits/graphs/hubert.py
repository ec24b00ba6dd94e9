"""HuBERT: from 16 kHz sound to what is said in it, 50 times a second."""

from typing import TYPE_CHECKING, Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.hubert import HubertConfig
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.attention import Heads, attention
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers

if TYPE_CHECKING:
    import onnx

_NORM_EPSILON: Final = 1e-5


def build_hubert(weights: Weights, config: HubertConfig) -> "onnx.ModelProto":
    """`samples [n]`, as they are, to `hidden [1, t, width]`."""
    layers = Layers(graph=GraphBuilder("hubert"), weights=weights)
    graph = layers.graph
    samples = graph.input("samples", ["n"])
    heard = _heard(layers.at("feature_extractor"), layers.reshape(samples, 1, 1, -1), config)
    x = _projected(layers.at("feature_projection"), layers.swap(heard))
    x = _encoder(layers.at("encoder"), x, config)
    width = layers.shape("encoder.layer_norm.weight")[0]
    graph.output(x, "hidden", [1, "t", width])
    return graph.build()


def _heard(layers: Layers, x: str, config: HubertConfig) -> str:
    """Convolutions; only the first is normalised, each channel over time."""
    for number, stride in enumerate(config.strides):
        x = layers.conv(f"conv_layers.{number}.conv", x, strides=[stride])
        if layers.has(f"conv_layers.{number}.layer_norm.weight"):
            x = _over_time(layers.at(f"conv_layers.{number}.layer_norm"), x)
        x = layers.gelu(x)
    return x


def _over_time(layers: Layers, x: str) -> str:
    constants = [layers.graph.constant(layers.weight(name)) for name in ("weight", "bias")]
    return layers.graph.node("InstanceNormalization", x, *constants, epsilon=_NORM_EPSILON)


def _projected(layers: Layers, x: str) -> str:
    if layers.has("layer_norm.weight"):
        x = layers.norm(x, "layer_norm.weight", "layer_norm.bias")
    return layers.linear("projection", x)


def _encoder(layers: Layers, x: str, config: HubertConfig) -> str:
    x = layers.graph.node("Add", x, _positions(layers, x, config.num_position_groups))
    x = layers.norm(x, "layer_norm.weight", "layer_norm.bias")
    for number in range(config.num_layers):
        x = _layer(layers.at(f"layers.{number}"), x, config.num_heads)
    return x


def _positions(layers: Layers, x: str, groups: int) -> str:
    """A wide convolution stands for positions; an even kernel makes one frame too many."""
    kernel = layers.shape("pos_conv_embed.conv.weight")[2]
    around = layers.conv("pos_conv_embed.conv", layers.swap(x), padding=kernel // 2, group=groups)
    if kernel % 2 == 0:
        ends = [layers.graph.constant([value], np.int64) for value in (0, -1, 2)]
        around = layers.graph.node("Slice", around, *ends)
    return layers.swap(layers.gelu(around))


def _layer(layers: Layers, x: str, num_heads: int) -> str:
    """Attention and two linear layers, each added and normalised."""
    graph = layers.graph
    heads = Heads(
        layers=layers.at("attention"),
        count=num_heads,
        query="q_proj",
        key="k_proj",
        value="v_proj",
        out="out_proj",
    )
    x = graph.node("Add", x, attention(heads, x, x))
    x = layers.norm(x, "layer_norm.weight", "layer_norm.bias")
    inner = layers.gelu(layers.linear("feed_forward.intermediate_dense", x))
    x = graph.node("Add", x, layers.linear("feed_forward.output_dense", inner))
    return layers.norm(x, "final_layer_norm.weight", "final_layer_norm.bias")
