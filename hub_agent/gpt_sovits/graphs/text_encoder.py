"""From semantic tokens and phones to latents: what is to be heard, before the voice's timbre."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.attention import Heads, attention
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers
from hub_agent.gpt_sovits.graphs.relative import offsets, relative_attention

if TYPE_CHECKING:
    import onnx

CODEBOOK: Final = "quantizer.vq.layers.0._codebook.embed"
FRAMES_PER_TOKEN: Final = 2
_CROSS_HEADS: Final = 4
"""Of the attention from sound to text; no checkpoint tells."""


def build_text_encoder(weights: Weights, config: S2Config) -> "onnx.ModelProto":
    """`tokens [n]`, `phones [p]`, `style [1, 512, 1]` to `latents [1, hidden, 2 n]`."""
    layers = Layers(graph=GraphBuilder("text_encoder"), weights=weights).at("enc_p")
    graph = layers.graph
    tokens = graph.input("tokens", ["n"], np.int64)
    phones = graph.input("phones", ["p"], np.int64)
    style = graph.input("style", [1, config.mrte_channels, 1])
    sound = _encoder(layers.at("encoder_ssl"), _frames(layers, weights[CODEBOOK], tokens))
    table = graph.constant(layers.weight("text_embedding.weight")[None])
    text = _encoder(layers.at("encoder_text"), graph.node("Gather", table, phones, axis=1))
    mixed = _mixed(layers.at("mrte"), sound, text, layers.swap(style))
    latents = layers.swap(_encoder(layers.at("encoder2"), mixed))
    graph.output(latents, "latents", [1, config.hidden_channels, "frames"])
    return graph.build()


def _frames(layers: Layers, codebook: NDArray[np.float32], tokens: str) -> str:
    """`[1, 2 n, hidden]`; each token's projection is known beforehand."""
    graph = layers.graph
    projection = layers.weight("ssl_proj.weight")[:, :, 0]
    table = codebook @ projection.T + layers.weight("ssl_proj.bias")
    rows = graph.node("Gather", graph.constant(table), layers.reshape(tokens, 1, -1, 1), axis=0)
    twice = graph.node("Expand", rows, graph.constant([1, 1, FRAMES_PER_TOKEN, 1], np.int64))
    return layers.reshape(twice, 1, -1, table.shape[1])


def _encoder(layers: Layers, x: str) -> str:
    """Attention and convolution in turns, each added and normalised."""
    _, count, size = layers.shape("attn_layers.0.emb_rel_k")
    heads = layers.shape("attn_layers.0.conv_q.weight")[0] // size
    where = offsets(layers, x, heads=heads, window=count // 2)
    for number in range(layers.count("attn_layers")):
        attended = relative_attention(_heads(layers.at(f"attn_layers.{number}"), heads), x, where)
        x = _added(layers, f"norm_layers_1.{number}", x, attended)
        convolved = _feed_forward(layers.at(f"ffn_layers.{number}"), x)
        x = _added(layers, f"norm_layers_2.{number}", x, convolved)
    return x


def _heads(layers: Layers, count: int) -> Heads:
    return Heads(
        layers=layers, count=count, query="conv_q", key="conv_k", value="conv_v", out="conv_o"
    )


def _added(layers: Layers, norm: str, x: str, change: str) -> str:
    total = layers.graph.node("Add", x, change)
    return layers.norm(total, f"{norm}.gamma", f"{norm}.beta")


def _feed_forward(layers: Layers, x: str) -> str:
    padding = layers.shape("conv_1.weight")[2] // 2
    inner = layers.graph.node("Relu", layers.conv("conv_1", layers.swap(x), padding=padding))
    return layers.swap(layers.conv("conv_2", inner, padding=padding))


def _mixed(layers: Layers, sound: str, text: str, style: str) -> str:
    """Sound asks text; the style is added."""
    before = layers.linear("c_pre", sound)
    heads = _heads(layers.at("cross_attention"), _CROSS_HEADS)
    attended = attention(heads, before, layers.linear("text_pre", text))
    total = layers.graph.node("Add", layers.graph.node("Add", attended, before), style)
    return layers.linear("c_post", total)
