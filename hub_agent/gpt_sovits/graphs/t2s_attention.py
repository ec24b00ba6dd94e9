"""Attention of the text-to-semantic layers; memory is keys and values `[1, heads, t, head]`."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hub_agent.gpt_sovits.checkpoint.s1 import S1Config
from hub_agent.gpt_sovits.graphs import t2s_names as names
from hub_agent.gpt_sovits.graphs.builder import MICROSOFT, GraphBuilder

_INT64: Final = 7
"""ONNX's number for the type."""
_GROUPED_HEAD_SIZE: Final = 8
"""GroupQueryAttention takes heads whose width is a multiple of it."""

Attend = Callable[[int, str], str]
"""Layer and joined queries, keys, values `[1, t, 3 * hidden]` to what is attended to."""


def prefill_attention(graph: GraphBuilder, config: S1Config, mask: str) -> Attend:
    """Everything at once; `mask` is added to the scores."""

    def attend(layer: int, joined: str) -> str:
        outputs = [f"queries_{layer}", *names.present_names(layer)]
        queries, keys, values = _split(graph, config, joined, outputs)
        _declare_memory(graph, config, layer)
        return _attended(graph, config, queries, keys, values, mask)

    return attend


def step_attention(graph: GraphBuilder, config: S1Config, past_length: str) -> Attend:
    """One row, which is written behind the first `past_length` rows of the memory."""
    is_grouped = config.head_size % _GROUPED_HEAD_SIZE == 0
    attention = _grouped_attention if is_grouped else _plain_attention
    return attention(graph, config, past_length)


def _grouped_attention(graph: GraphBuilder, config: S1Config, past_length: str) -> Attend:
    one = graph.constant([1], np.int32)
    total_length = graph.node("Add", past_length, one)

    def attend(layer: int, joined: str) -> str:
        attended, *_memory = graph.nodes(
            "GroupQueryAttention",
            joined,
            "",
            "",
            *_take_memory(graph, config, layer),
            past_length,
            total_length,
            outputs=[f"attended_{layer}", *names.present_names(layer)],
            domain=MICROSOFT,
            num_heads=config.num_heads,
            kv_num_heads=config.num_heads,
        )
        _declare_memory(graph, config, layer)
        return attended

    return attend


def _plain_attention(graph: GraphBuilder, config: S1Config, past_length: str) -> Attend:
    place = graph.node("Cast", past_length, to=_INT64)
    total = graph.node("Add", place, graph.constant([1], np.int64))
    row = graph.constant([1, config.num_heads, 1, config.head_size], np.int64)
    places = graph.node("Expand", place, row)

    def attend(layer: int, joined: str) -> str:
        queries, *fresh = _split(graph, config, joined, 3)
        past = _take_memory(graph, config, layer)
        memory = [
            graph.node("ScatterElements", old, places, new, axis=2, name=name)
            for old, new, name in zip(past, fresh, names.present_names(layer), strict=True)
        ]
        _declare_memory(graph, config, layer)
        start, axis = graph.constant([0], np.int64), graph.constant([2], np.int64)
        keys, values = (graph.node("Slice", part, start, total, axis) for part in memory)
        return _attended(graph, config, queries, keys, values)

    return attend


def _split(
    graph: GraphBuilder, config: S1Config, joined: str, outputs: int | Sequence[str]
) -> list[str]:
    """Queries, keys and values, each `[1, heads, t, head]`."""
    shape = graph.constant([-1, 3, config.num_heads, config.head_size], np.int64)
    by_head = graph.node("Transpose", graph.node("Reshape", joined, shape), perm=[1, 2, 0, 3])
    return graph.nodes(
        "Split", by_head, graph.constant([1, 1, 1], np.int64), outputs=outputs, axis=0
    )


def _attended(
    graph: GraphBuilder, config: S1Config, queries: str, keys: str, values: str, mask: str = ""
) -> str:
    scale = graph.constant(config.head_size**-0.5, np.float32)
    turned = graph.node("Transpose", keys, perm=[0, 1, 3, 2])
    scores = graph.node("MatMul", graph.node("Mul", queries, scale), turned)
    if mask:
        scores = graph.node("Add", scores, mask)
    mixed = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), values)
    rows = graph.node("Transpose", mixed, perm=[0, 2, 1, 3])
    return graph.node("Reshape", rows, graph.constant([1, -1, config.hidden_size], np.int64))


def _take_memory(graph: GraphBuilder, config: S1Config, layer: int) -> list[str]:
    shape: list[int | str] = [1, config.num_heads, "capacity", config.head_size]
    return [graph.input(name, shape) for name in names.past_names(layer)]


def _declare_memory(graph: GraphBuilder, config: S1Config, layer: int) -> None:
    shape: list[int | str] = [1, config.num_heads, "positions", config.head_size]
    for name in names.present_names(layer):
        graph.output(name, name, shape)
