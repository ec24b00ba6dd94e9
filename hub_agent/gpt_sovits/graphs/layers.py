"""Layers of a network, found by their names in its checkpoint."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.builder import MICROSOFT, GraphBuilder
from hub_agent.gpt_sovits.quantise import quantised_columns

_NORM_EPSILON: Final = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The layers below one name; weight norm is folded already."""

    graph: GraphBuilder
    weights: Weights
    prefix: str = ""
    is_quantised: bool = False
    """Whether linear layers become products of integers at once; `quantise` needs them whole."""

    def at(self, name: str) -> "Layers":
        """The layers below `name`."""
        return replace(self, prefix=f"{self.prefix}{name}.")

    def has(self, name: str) -> bool:
        """Whether there is such a weight."""
        return self.prefix + name in self.weights

    def count(self, name: str) -> int:
        """How many layers `name.0`, `name.1` … there are."""
        start = f"{self.prefix}{name}."
        numbers = {key[len(start) :].split(".")[0] for key in self.weights if key.startswith(start)}
        return len(numbers)

    def weight(self, name: str) -> NDArray[np.float32]:
        """The values of one weight, which must be there."""
        return self.weights[self._known(name)]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one weight, which must be there."""
        return self.weights.shape(self._known(name))

    def linear(self, name: str, x: str) -> str:
        """`[…, in]` to `[…, out]`; a convolution of kernel 1 counts as one."""
        columns = self.weight(f"{name}.weight").reshape(self.shape(f"{name}.weight")[:2]).T
        if self.is_quantised:
            return self._integer_linear(name, x, columns)
        product = self.graph.node("MatMul", x, self.graph.constant(columns))
        if not self.has(f"{name}.bias"):
            return product
        return self.add(product, self.weight(f"{name}.bias"))

    def conv(self, name: str, x: str, *, padding: int = 0, **attributes: Any) -> str:
        """`[1, in, t]` to `[1, out, t']`, as many zeros at either end as `padding`."""
        inputs = [self.graph.constant(self.weight(f"{name}.weight"))]
        if self.has(f"{name}.bias"):
            inputs.append(self.graph.constant(self.weight(f"{name}.bias")))
        return self.graph.node("Conv", x, *inputs, pads=[padding, padding], **attributes)

    def norm(self, x: str, gain: str, bias: str, *, epsilon: float = _NORM_EPSILON) -> str:
        """Layer norm over the last axis."""
        constants = [self.graph.constant(self.weight(name)) for name in (gain, bias)]
        return self.graph.node("LayerNormalization", x, *constants, epsilon=epsilon)

    def gelu(self, x: str) -> str:
        """The activation of BERT: x times the normal distribution up to x."""
        error = self.graph.node("Erf", self.multiply(x, np.sqrt(0.5)))
        share = self.multiply(self.add(error, 1), 0.5)
        return self.graph.node("Mul", x, share)

    def add(self, x: str, value: ArrayLike) -> str:
        """`x` plus a constant."""
        return self.graph.node("Add", x, self.graph.constant(value, np.float32))

    def multiply(self, x: str, value: ArrayLike) -> str:
        """`x` times a constant."""
        return self.graph.node("Mul", x, self.graph.constant(value, np.float32))

    def swap(self, x: str) -> str:
        """`[1, a, b]` to `[1, b, a]`."""
        return self.graph.node("Transpose", x, perm=[0, 2, 1])

    def reshape(self, x: str, *shape: int) -> str:
        """0 keeps a dimension, -1 takes the rest."""
        return self.graph.node("Reshape", x, self.graph.constant(shape, np.int64))

    def split(self, x: str, sizes: list[int], axis: int) -> list[str]:
        """Parts of these sizes."""
        constant = self.graph.constant(sizes, np.int64)
        return self.graph.nodes("Split", x, constant, outputs=len(sizes), axis=axis)

    def _integer_linear(self, name: str, x: str, columns: NDArray[np.float32]) -> str:
        integers, scales = quantised_columns(columns)
        inputs = [self.graph.constant(integers), self.graph.constant(scales)]
        if self.has(f"{name}.bias"):
            inputs += ["", self.graph.constant(self.weight(f"{name}.bias"))]
        return self.graph.node("DynamicQuantizeMatMul", x, *inputs, domain=MICROSOFT)

    def _known(self, name: str) -> str:
        if not self.has(name):
            raise damaged(f"{self.prefix}{name} is missing")
        return self.prefix + name
