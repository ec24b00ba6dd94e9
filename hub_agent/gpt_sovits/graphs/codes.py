"""From what HuBERT heard to semantic tokens."""

from typing import TYPE_CHECKING

import numpy as np

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers
from hub_agent.gpt_sovits.graphs.text_encoder import CODEBOOK, FRAMES_PER_TOKEN

if TYPE_CHECKING:
    import onnx


def build_codes(weights: Weights, config: S2Config) -> "onnx.ModelProto":
    """`hidden [1, t, 768]` to `tokens [t // 2]`: the nearest rows of the codebook."""
    layers = Layers(graph=GraphBuilder("codes"), weights=weights)
    graph = layers.graph
    hidden = graph.input("hidden", [1, "t", config.ssl_channels])
    projected = layers.swap(
        layers.conv("ssl_proj", layers.swap(hidden), strides=[FRAMES_PER_TOKEN])
    )
    codebook = layers.weight(CODEBOOK)
    similarity = graph.node("MatMul", projected, graph.constant(2 * codebook.T))
    closeness = layers.add(similarity, -np.square(codebook).sum(axis=1))
    nearest = graph.node("ArgMax", closeness, axis=2, keepdims=0)
    graph.output(layers.reshape(nearest, -1), "tokens", ["n"], np.int64)
    return graph.build()
