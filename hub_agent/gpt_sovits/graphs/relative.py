"""Self-attention that knows how far apart frames are (Shaw et al. 2018), up to some frames."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hub_agent.gpt_sovits.graphs.attention import Heads
from hub_agent.gpt_sovits.graphs.layers import Layers

_FLOAT: Final = 1
"""ONNX's number of float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offsets:
    """Where the offsets -window … window lie in a sequence of t frames."""

    by_pair: str
    """`[1, heads, t, t]`: 1 + the offset's number; 0 and the last stand for everything beyond."""
    frames: str
    """`[1, heads, t, offsets]`: the frame at each offset, or the nearest there is."""
    inside: str
    """`[t, offsets]`: 1 where there is such a frame, else 0."""


def offsets(layers: Layers, x: str, *, heads: int, window: int) -> Offsets:
    """For every attention over `x`, `[1, t, width]`."""
    graph = layers.graph
    zero, one = graph.constant(0, np.int64), graph.constant(1, np.int64)
    length = graph.node("Gather", graph.node("Shape", x), one)
    row = graph.node("Range", zero, length, one)
    column = layers.reshape(row, -1, 1)
    distance = graph.node("Sub", row, column)
    number = graph.node("Add", distance, graph.constant(window + 1, np.int64))
    beyond = graph.constant(2 * window + 2, np.int64)
    wanted = graph.node("Add", column, graph.constant(np.arange(-window, window + 1), np.int64))
    nearest = graph.node("Clip", wanted, zero, graph.node("Sub", length, one))
    by_head = graph.constant([1, heads, 1, 1], np.int64)
    return Offsets(
        by_pair=graph.node("Expand", graph.node("Clip", number, zero, beyond), by_head),
        frames=graph.node("Expand", nearest, by_head),
        inside=graph.node("Cast", graph.node("Equal", wanted, nearest), to=_FLOAT),
    )


def relative_attention(heads: Heads, x: str, where: Offsets) -> str:
    """Keys and values differ with the distance (`emb_rel_k`, `emb_rel_v`, shared by all heads)."""
    layers, graph = heads.layers, heads.layers.graph
    queries = heads.queries(x)
    beyond = np.pad(layers.weight("emb_rel_k")[0], ((1, 1), (0, 0)))
    by_offset = graph.node("MatMul", queries, graph.constant(beyond.T))
    near = graph.node("GatherElements", by_offset, where.by_pair, axis=3)
    scores = graph.node("Add", graph.node("MatMul", queries, heads.keys(x)), near)
    shares = graph.node("Softmax", scores, axis=-1)
    picked = graph.node("GatherElements", shares, where.frames, axis=3)
    near_shares = graph.node("Mul", picked, where.inside)
    near_values = graph.node("MatMul", near_shares, graph.constant(layers.weight("emb_rel_v")[0]))
    mixed = graph.node("MatMul", shares, heads.values(x))
    return heads.merged(graph.node("Add", mixed, near_values))
