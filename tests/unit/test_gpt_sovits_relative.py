"""Relative attention is what its definition says, from one frame on."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.attention import Heads
from hub_agent.gpt_sovits.graphs.builder import GraphBuilder
from hub_agent.gpt_sovits.graphs.layers import Layers
from hub_agent.gpt_sovits.graphs.relative import offsets, relative_attention
from hub_agent.gpt_sovits.sessions import open_session

Floats = NDArray[np.float32]

HEADS, SIZE, WINDOW = 2, 3, 4
WIDTH = HEADS * SIZE
PROJECTIONS = ("conv_q", "conv_k", "conv_v", "conv_o")


@pytest.mark.parametrize("num_frames", [1, 2, 4, 5, 6, 13])
def test_relative_attention_follows_its_definition(num_frames: int) -> None:
    rng = np.random.default_rng(num_frames)
    shapes = {f"{name}.weight": (WIDTH, WIDTH, 1) for name in PROJECTIONS}
    shapes |= {f"emb_rel_{part}": (1, 2 * WINDOW + 1, SIZE) for part in "kv"}
    values = {name: rng.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    x = rng.standard_normal((num_frames, WIDTH), np.float32)
    assert _from_graph(values, x) == pytest.approx(_by_definition(values, x), abs=1e-4)


def _from_graph(values: Mapping[str, Floats], x: Floats) -> Floats:
    graph = GraphBuilder("attention")
    layers = Layers(graph=graph, weights=_Given(values))
    heads = Heads(
        layers=layers, count=HEADS, query="conv_q", key="conv_k", value="conv_v", out="conv_o"
    )
    value = graph.input("x", [1, "t", WIDTH])
    where = offsets(layers, value, heads=HEADS, window=WINDOW)
    graph.output(relative_attention(heads, value, where), "y", [1, "t", WIDTH])
    session = open_session(graph.build().SerializeToString(), num_threads=1)
    outcome: Floats = session.run(None, {"x": x[None]})[0][0]
    return outcome


def _by_definition(values: Mapping[str, Floats], x: Floats) -> NDArray[np.float64]:
    query, key, value = (
        (x @ values[f"{name}.weight"][:, :, 0].T).reshape(len(x), HEADS, SIZE)
        for name in PROJECTIONS[:3]
    )
    mixed = np.zeros((len(x), HEADS, SIZE))
    for head in range(HEADS):
        for row in range(len(x)):
            relative = [_relative(values, row, column) for column in range(len(x))]
            scores = [
                query[row, head] @ (key[column, head] + near_key) / np.sqrt(SIZE)
                for column, (near_key, _) in enumerate(relative)
            ]
            shares = np.exp(scores) / np.exp(scores).sum()
            mixed[row, head] = sum(
                share * (value[column, head] + relative[column][1])
                for column, share in enumerate(shares)
            )
    return np.asarray(mixed.reshape(len(x), WIDTH) @ values["conv_o.weight"][:, :, 0].T, np.float64)


def _relative(values: Mapping[str, Floats], row: int, column: int) -> tuple[Floats, Floats]:
    """What the distance adds to key and value; nothing beyond the window."""
    offset = column - row
    if abs(offset) > WINDOW:
        return np.zeros(SIZE, np.float32), np.zeros(SIZE, np.float32)
    return values["emb_rel_k"][0, offset + WINDOW], values["emb_rel_v"][0, offset + WINDOW]


class _Given(Weights):
    """Weights out of a dictionary."""

    def __init__(self, values: Mapping[str, Floats]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Floats:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._values[name].shape
