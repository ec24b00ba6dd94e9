"""Torch modules of the same sizes, run by another environment's Python; prints JSON.

The token network's prefill and steps, which append to the keys and values as the official code
does, and the generators of v2 and v2ProPlus on a second of sound; random weights, float32, one
thread: with more of them torch's wait by computing, and its processor time would tell nothing.
"""

import importlib
import json
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

torch: Any = importlib.import_module("torch")
nn, functional = torch.nn, torch.nn.functional

LAYERS, HIDDEN, HEADS, INNER, VOCABULARY = 24, 512, 16, 2048, 1025
PREFILLS = (160, 205)
STEPS, REPEATS = 60, 5
INTER, FRAMES = 192, 50
RATES = (10, 8, 2, 2, 2)
GENERATORS = {
    "v2": (512, 512, (16, 16, 8, 2, 2)),
    "v2ProPlus": (1024, 768, (20, 16, 8, 2, 2)),
}
"""Width of the style, width of the first layer, kernels of the upsampling."""
BLOCK_KERNELS, DILATIONS = (3, 7, 11), (1, 3, 5)


class Layer(nn.Module):  # type: ignore[misc, name-defined]
    """A post-norm transformer layer with a memory of keys and values."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.out = nn.Linear(HIDDEN, HIDDEN)
        self.inner = nn.Linear(HIDDEN, INNER)
        self.outer = nn.Linear(INNER, HIDDEN)
        self.norms = nn.ModuleList([nn.LayerNorm(HIDDEN) for _ in range(2)])

    def forward(self, x: Any, memory: Any, mask: Any) -> tuple[Any, Any]:
        queries, keys, values = self.joined(x).chunk(3, dim=-1)
        if memory is not None:
            keys, values = (
                torch.cat(pair, dim=1) for pair in zip(memory, (keys, values), strict=True)
            )
        split = [
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in (queries, keys, values)
        ]
        mixed = functional.scaled_dot_product_attention(*split, attn_mask=mask)
        x = self.norms[0](x + self.out(mixed.transpose(1, 2).flatten(2)))
        return self.norms[1](x + self.outer(functional.relu(self.inner(x)))), (keys, values)


class Tokens(nn.Module):  # type: ignore[misc, name-defined]
    """All layers and the values of all tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(LAYERS)])
        self.predict = nn.Linear(HIDDEN, VOCABULARY, bias=False)

    def forward(self, x: Any, memories: Any, mask: Any = None) -> tuple[Any, Any]:
        after = []
        for layer, memory in zip(self.layers, memories, strict=True):
            x, memory = layer(x, memory, mask)
            after.append(memory)
        return self.predict(x[:, -1]), after


class Generator(nn.Module):  # type: ignore[misc, name-defined]
    """HiFi-GAN with a style."""

    def __init__(self, gin: int, width: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        self.before, self.cond = nn.Conv1d(INTER, width, 7, padding=3), nn.Conv1d(gin, width, 1)
        self.ups, self.blocks = nn.ModuleList(), nn.ModuleList()
        for rate, kernel in zip(RATES, kernels, strict=True):
            padding = (kernel - rate) // 2
            self.ups.append(
                nn.ConvTranspose1d(width, width // 2, kernel, stride=rate, padding=padding)
            )
            width //= 2
            self.blocks.append(nn.ModuleList([block(width, size) for size in BLOCK_KERNELS]))
        self.last = nn.Conv1d(width, 1, 7, padding=3, bias=False)

    def forward(self, z: Any, ge: Any) -> Any:
        x = self.before(z) + self.cond(ge)
        for up, blocks in zip(self.ups, self.blocks, strict=True):
            x = up(functional.leaky_relu(x, 0.1))
            x = sum(through(each, x) for each in blocks) / len(blocks)
        return torch.tanh(self.last(functional.leaky_relu(x)))


def block(width: int, kernel: int) -> Any:
    """Pairs of convolutions, the first of each dilated."""
    pairs = [(dilation, 1) for dilation in DILATIONS]
    return nn.ModuleList(
        nn.Conv1d(width, width, kernel, dilation=dilation, padding=kernel // 2 * dilation)
        for pair in pairs
        for dilation in pair
    )


def through(convolutions: Any, x: Any) -> Any:
    """Each pair is added to what goes in."""
    for first, second in zip(convolutions[::2], convolutions[1::2], strict=True):
        x = x + second(functional.leaky_relu(first(functional.leaky_relu(x, 0.1)), 0.1))
    return x


def timed(run: Callable[[], object]) -> dict[str, float]:
    """Medians in milliseconds."""
    run()
    walls, cpus = [], []
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return {"wall_ms": median(walls), "cpu_ms": median(cpus)}


def tokens() -> dict[str, Any]:
    """Prefill by positions, and one token after 160."""
    network = Tokens().eval()
    nothing = [None] * LAYERS
    prefill = {}
    for positions in PREFILLS:
        x, mask = torch.randn(1, positions, HIDDEN), torch.zeros(positions, positions)
        prefill[positions] = timed(partial(network, x, nothing, mask))
    _logits, memories = network(torch.randn(1, PREFILLS[0], HIDDEN), nothing)

    def steps() -> None:
        after, x = memories, torch.randn(1, 1, HIDDEN)
        for _ in range(STEPS):
            _logits, after = network(x, after)

    whole = timed(steps)
    return {"prefill": prefill, "token": {key: ms / STEPS for key, ms in whole.items()}}


def generators() -> dict[str, Any]:
    """A second of sound, by version."""
    z = torch.randn(1, INTER, FRAMES)
    timings = {}
    for version, (gin, width, kernels) in GENERATORS.items():
        network, ge = Generator(gin, width, kernels).eval(), torch.randn(1, gin, 1)
        timings[version] = timed(partial(network, z, ge))
    return timings


def main() -> None:
    """Print all medians."""
    torch.set_num_threads(1)
    with torch.inference_mode():
        figures = {**tokens(), "generator": generators()}
    print(json.dumps({"version": torch.__version__, **figures}))


if __name__ == "__main__":
    main()
