"""Text to semantic tokens: one graph for text and prompt, one for each token after them.

Post-norm transformer layers. Keys and values are `[1, heads, positions, head]`; the step graph
writes its row into the memory it is given, whose outputs are to be bound to the inputs.
"""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.s1 import S1Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs import t2s_names as names
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers
from hub_agent.gpt_sovits.graphs.t2s_attention import Attend, prefill_attention, step_attention

if TYPE_CHECKING:
    import onnx

_FLOAT: Final = 1
"""ONNX's number for the type."""
_HIDDEN_SCORE: Final = -60.0
"""e^-60 of a share is nothing beside float32's 1e-7, and not yet one of the numbers near 1e-38
that processors take a hundred times as long for."""
_POSITION_BASE: Final = 10_000.0


def build_prefill(weights: Weights, config: S1Config) -> "onnx.ModelProto":
    """`phones [t]`, `bert [t, bert]` and `prompt [p]` to the first logits, keys and values."""
    graph = GraphBuilder("t2s_prefill")
    network = _Network(graph, weights, config)
    phones = graph.input(names.PHONES, ["text"], np.int64)
    bert = graph.input(names.BERT, ["text", config.bert_size])
    prompt = graph.input(names.PROMPT, ["prompt"], np.int64)
    text = network.text(phones, bert)
    x = graph.node("Concat", text, network.audio(prompt, _range(graph, prompt)), axis=0)
    attend = prefill_attention(graph, config, _prefill_mask(graph, text, x))
    hidden = network.layers_over(graph.node("Unsqueeze", x, _axes(graph, 0)), attend)
    last = graph.node("Gather", hidden, graph.constant([-1], np.int64), axis=1)
    network.give_logits(last)
    model = graph.build()
    model.metadata_props.add(key=names.NUM_PHONES, value=str(config.num_phones))
    return model


def build_step(weights: Weights, config: S1Config) -> "onnx.ModelProto":
    """One token, its position among the audio and how much is behind it, to the next logits."""
    graph = GraphBuilder("t2s_step")
    network = _Network(graph, weights, config)
    token = graph.input(names.LAST, [1], np.int64)
    position = graph.input(names.POSITION, [1], np.int64)
    past_length = graph.input(names.PAST_LENGTH, [1], np.int32)
    x = graph.node("Unsqueeze", network.audio(token, position), _axes(graph, 0))
    network.give_logits(network.layers_over(x, step_attention(graph, config, past_length)))
    return graph.build()


class _Network:
    """What both graphs share."""

    def __init__(self, graph: GraphBuilder, weights: Weights, config: S1Config) -> None:
        self._graph = graph
        self._config = config
        self._root = Layers(graph=graph, weights=weights)

    def text(self, phones: str, bert: str) -> str:
        """Embedded phones with their BERT features, `[t, hidden]`."""
        embedded = self._embedded("ar_text_embedding", phones)
        x = self._graph.node("Add", embedded, self._root.linear("bert_proj", bert))
        return self._placed(x, "ar_text_position", _range(self._graph, phones))

    def audio(self, tokens: str, positions: str) -> str:
        """Embedded tokens, `[p, hidden]`."""
        embedded = self._embedded("ar_audio_embedding", tokens)
        return self._placed(embedded, "ar_audio_position", positions)

    def layers_over(self, x: str, attend: Attend) -> str:
        """All layers, `[1, t, hidden]`."""
        for layer in range(self._config.num_layers):
            x = self._layer(self._root.at(f"h.layers.{layer}"), layer, x, attend)
        return x

    def give_logits(self, x: str) -> None:
        """The values of all tokens after `x` `[1, 1, hidden]`."""
        values = self._root.linear("ar_predict_layer", x)
        flat = self._root.reshape(values, 1, self._config.vocabulary_size)
        self._graph.output(flat, names.LOGITS, [1, self._config.vocabulary_size])

    def _layer(self, layers: Layers, number: int, x: str, attend: Attend) -> str:
        projection = self._graph.constant(layers.weight("self_attn.in_proj_weight").T)
        joined = layers.add(
            self._graph.node("MatMul", x, projection), layers.weight("self_attn.in_proj_bias")
        )
        attended = layers.linear("self_attn.out_proj", attend(number, joined))
        x = layers.norm(self._graph.node("Add", x, attended), "norm1.weight", "norm1.bias")
        inner = self._graph.node("Relu", layers.linear("linear1", x))
        outer = layers.linear("linear2", inner)
        return layers.norm(self._graph.node("Add", x, outer), "norm2.weight", "norm2.bias")

    def _embedded(self, name: str, ids: str) -> str:
        table = self._graph.constant(self._root.weight(f"{name}.word_embeddings.weight"))
        return self._graph.node("Gather", table, ids, axis=0)

    def _placed(self, x: str, name: str, positions: str) -> str:
        """`x` plus sines and cosines of the positions in turn, scaled as learned."""
        hidden = self._config.hidden_size
        exponents = np.arange(0, hidden, 2, dtype=np.float32) * np.float32(
            -math.log(_POSITION_BASE) / hidden
        )
        column = self._graph.node(
            "Unsqueeze", self._graph.node("Cast", positions, to=_FLOAT), _axes(self._graph, 1)
        )
        angles = self._root.multiply(column, np.exp(exponents))
        waves = [
            self._graph.node("Unsqueeze", self._graph.node(function, angles), _axes(self._graph, 2))
            for function in ("Sin", "Cos")
        ]
        in_turn = self._root.reshape(self._graph.node("Concat", *waves, axis=2), -1, hidden)
        scaled = self._root.multiply(in_turn, self._root.weight(f"{name}.alpha"))
        return self._graph.node("Add", x, scaled)


def _prefill_mask(graph: GraphBuilder, text: str, whole: str) -> str:
    """Text sees all text; a token sees all text, itself and the tokens before it."""
    text_length, indices = graph.node("Shape", text, end=1), _range(graph, whole)
    one = graph.constant([1], np.int64)
    seen = graph.node("Max", graph.node("Add", indices, one), text_length)
    is_seen = graph.node("Less", indices, graph.node("Unsqueeze", seen, _axes(graph, 1)))
    nothing, hidden = (graph.constant([value], np.float32) for value in (0, _HIDDEN_SCORE))
    return graph.node("Where", is_seen, nothing, hidden)


def _range(graph: GraphBuilder, values: str) -> str:
    """0, 1, … for each row of `values`, `[rows]`."""
    one = graph.constant([1], np.int64)
    ones = graph.node("Expand", one, graph.node("Shape", values, end=1))
    counts = graph.node("CumSum", ones, graph.constant([0], np.int64))
    return graph.node("Sub", counts, one)


def _axes(graph: GraphBuilder, axis: int) -> str:
    return graph.constant([axis], np.int64)
