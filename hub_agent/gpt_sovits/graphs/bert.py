"""BERT up to its third-last hidden state: what a text means at each of its characters."""

from typing import TYPE_CHECKING, Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.bert import BertConfig
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.attention import Heads, attention
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Callable

    import onnx

TOKENS: Final = "tokens"
NUM_POSITIONS: Final = "num_positions"
"""Key of the metadata: most tokens of a text, its begin and end among them."""


def build_bert(
    weights: Weights,
    config: BertConfig,
    *,
    is_quantised: bool = False,
    put_away: "Callable[[onnx.TensorProto], onnx.TensorProto] | None" = None,
) -> "onnx.ModelProto":
    """`tokens [t]`, with those of begin and end, to `hidden [t - 2, width]`, without them."""
    graph = GraphBuilder("bert", put_away)
    layers = Layers(graph=graph, weights=weights, is_quantised=is_quantised)
    tokens = graph.input(TOKENS, ["t"], np.int64)
    x = _embedded(layers.at("embeddings"), tokens, config)
    for number in range(config.num_layers):
        x = _layer(layers.at(f"encoder.layer.{number}"), x, config)
    inside = [graph.constant([value], np.int64) for value in (1, -1, 1)]
    hidden = layers.reshape(graph.node("Slice", x, *inside), -1, config.hidden_size)
    graph.output(hidden, "hidden", ["characters", config.hidden_size])
    model = graph.build()
    model.metadata_props.add(key=NUM_POSITIONS, value=str(config.num_positions))
    return model


def _embedded(layers: Layers, tokens: str, config: BertConfig) -> str:
    """Characters at their places, all in a first sentence, `[1, t, width]`."""
    graph = layers.graph
    table = graph.constant(layers.weight("word_embeddings.weight"))
    kind = layers.weight("token_type_embeddings.weight")[0]
    places = graph.constant(layers.weight("position_embeddings.weight") + kind)
    begin, length = graph.constant([0], np.int64), graph.node("Shape", tokens)
    here = graph.node("Slice", places, begin, length)
    x = graph.node("Add", graph.node("Gather", table, tokens, axis=0), here)
    return _normalised(layers, layers.reshape(x, 1, -1, config.hidden_size), config)


def _layer(layers: Layers, x: str, config: BertConfig) -> str:
    """Attention and two linear layers, each added and normalised."""
    graph = layers.graph
    heads = Heads(
        layers=layers.at("attention"),
        count=config.num_heads,
        query="self.query",
        key="self.key",
        value="self.value",
        out="output.dense",
    )
    x = graph.node("Add", attention(heads, x, x), x)
    x = _normalised(layers.at("attention.output"), x, config)
    inner = layers.gelu(layers.linear("intermediate.dense", x))
    x = graph.node("Add", layers.linear("output.dense", inner), x)
    return _normalised(layers.at("output"), x, config)


def _normalised(layers: Layers, x: str, config: BertConfig) -> str:
    return layers.norm(x, "LayerNorm.weight", "LayerNorm.bias", epsilon=config.norm_epsilon)
