"""A GPT checkpoint whose sentences end: the tokens are random, their number is not."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.s1 import s1_shapes
from tests.fakes.random_checkpoints import TINY_S1, write_s1

END: Final = 175
"""Position, counted with the prompt, at which all sentences end: 25 to 60 tokens after a prompt
of 4 to 6 seconds."""

_CONFIG: Final = replace(TINY_S1, num_layers=1)
_WIDTH: Final = _CONFIG.hidden_size
_PAIR: Final = 38
"""Sine and cosine that rise and fall from 0 to 300 without turning."""
_LOUDNESS: Final = 3.0
"""Of positions beside tokens of 1."""
_STEEPNESS: Final = 400.0
_HEARD: Final = [60, 62]
"""Where the mean of everything is written: positions and tokens are nearly nothing there."""
_LISTENING: Final = 30.0


def write_ending_s1(path: Path, *, listens: bool = False) -> Path:
    """An end that is the likelier the later it is; the text matters only if it `listens`."""
    rng = np.random.default_rng(5)
    names = {f"model.{name}": shape for name, shape in s1_shapes(_CONFIG).items()}
    given = {
        name: np.zeros(shape, np.float32) for name, shape in names.items() if ".layers." in name
    }
    for norm in ("norm1", "norm2"):
        given[f"model.h.layers.0.{norm}.weight"] = np.ones(_WIDTH, np.float32)
    if listens:
        given |= _attention(rng)
    rising = np.zeros(_WIDTH, np.float32)
    rising[_PAIR : _PAIR + 2] = 1, -1
    given["model.h.layers.0.norm2.bias"] = rising * np.float32(-_height(rising) / 2)
    tokens = rng.standard_normal((_CONFIG.vocabulary_size, _WIDTH)).astype(np.float32)
    tokens[:, _PAIR : _PAIR + 2] = 0
    tokens[:, _HEARD] *= not listens
    given["model.ar_audio_embedding.word_embeddings.weight"] = tokens
    given["model.ar_audio_position.alpha"] = np.array([_LOUDNESS], np.float32)
    ways = rng.standard_normal((_CONFIG.vocabulary_size, _WIDTH)).astype(np.float32) * 0.2
    ways[:, _HEARD] *= _LISTENING if listens else 1
    ways[_CONFIG.eos] = rising * _STEEPNESS
    given["model.ar_predict_layer.weight"] = ways
    return write_s1(path, _CONFIG, given=given)


def _attention(rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """To everything alike, whose mean is heard."""
    projected, out = (
        rng.standard_normal((rows, _WIDTH)).astype(np.float32) / np.float32(np.sqrt(_WIDTH))
        for rows in (3 * _WIDTH, _WIDTH)
    )
    kept = np.zeros((_WIDTH, 1), np.float32)
    kept[_HEARD] = 1
    name = "model.h.layers.0.self_attn."
    return {f"{name}in_proj_weight": projected, f"{name}out_proj.weight": out * kept}


def _height(rising: NDArray[np.float32]) -> float:
    """How far the position `END` rises in what the layers give out."""
    frequencies = 10_000.0 ** (-np.arange(0, _WIDTH, 2) / _WIDTH)
    angles = END * frequencies
    position = _LOUDNESS * np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(-1)
    spread = np.sqrt(position.var() + (_WIDTH - 2) / _WIDTH)
    return float(rising @ (position - position.mean()) / spread)
