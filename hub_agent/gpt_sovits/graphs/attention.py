"""Attention over everything that is there; values are `[1, t, width]`."""

import math
from dataclasses import dataclass

from hub_agent.gpt_sovits.graphs.layers import Layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The projections of one attention, split into heads; names differ from network to network."""

    layers: Layers
    count: int
    query: str
    key: str
    value: str
    out: str
    temperature: float | None = None
    """What scores are divided by: the root of a head's width unless given."""

    @property
    def size(self) -> int:
        """Width of one head."""
        return self.layers.shape(f"{self.query}.weight")[0] // self.count

    def queries(self, x: str) -> str:
        """`[1, heads, t, head]`, scaled."""
        scale = 1 / (self.temperature or math.sqrt(self.size))
        return self._split(self.layers.multiply(self.layers.linear(self.query, x), scale))

    def keys(self, x: str) -> str:
        """`[1, heads, head, t]`, as queries are multiplied with them."""
        keys = self._split(self.layers.linear(self.key, x))
        return self.layers.graph.node("Transpose", keys, perm=[0, 1, 3, 2])

    def values(self, x: str) -> str:
        """`[1, heads, t, head]`."""
        return self._split(self.layers.linear(self.value, x))

    def merged(self, mixed: str) -> str:
        """Heads side by side again, through the last projection."""
        side_by_side = self.layers.graph.node("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.layers.linear(self.out, self.layers.reshape(side_by_side, 0, 0, -1))

    def _split(self, x: str) -> str:
        by_head = self.layers.reshape(x, 0, 0, self.count, self.size)
        return self.layers.graph.node("Transpose", by_head, perm=[0, 2, 1, 3])


def attention(heads: Heads, x: str, memory: str) -> str:
    """`x` asks, `memory` answers."""
    graph = heads.layers.graph
    scores = graph.node("MatMul", heads.queries(x), heads.keys(memory))
    shares = graph.node("Softmax", scores, axis=-1)
    return heads.merged(graph.node("MatMul", shares, heads.values(memory)))
