"""The golden enrolling networks with random weights, as wide and as deep as the real ones."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.bert import BertConfig, bert_shapes
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from tests.fakes.golden import golden_file, golden_folder
from tests.fakes.tiny_bert import TINY_BERT
from tests.fakes.torch_files import write_state

Shapes = dict[str, tuple[int, ...]]

_HUBERT_SIZES: Final = {32: 512, 64: 3072}
"""Convolutions and feed-forward layers; other sizes are the real ones already."""
_HUBERT_LAYERS: Final = 12
_LAYER: Final = "encoder.layers.0."
_SPEAKER_FACTOR: Final = 8
FULL_BERT: Final = BertConfig(
    num_layers=22,
    num_heads=16,
    hidden_size=1024,
    feed_forward_size=4096,
    vocabulary_size=21_128,
    num_positions=512,
    num_kinds=2,
    norm_epsilon=1e-12,
)
SMALL_BERT: Final = replace(FULL_BERT, num_layers=1, feed_forward_size=16, vocabulary_size=64)
"""As wide as the full one, which is what voices are trained with."""


def write_hubert(folder: Path) -> Path:
    """94 M parameters, as chinese-hubert-base."""
    golden = golden_folder("hubert_tiny")
    shapes = _shapes(golden / "pytorch_model.bin")
    one_layer = {
        name.removeprefix(_LAYER): shape for name, shape in shapes.items() if _LAYER in name
    }
    scaled = {
        name: tuple(_HUBERT_SIZES.get(size, size) for size in shape)
        for name, shape in (
            {name: shape for name, shape in shapes.items() if "encoder.layers." not in name}
            | {
                f"encoder.layers.{layer}.{name}": shape
                for layer in range(_HUBERT_LAYERS)
                for name, shape in one_layer.items()
            }
        ).items()
    }
    folder.mkdir()
    config = json.loads((golden / "config.json").read_text())
    config["num_hidden_layers"] = _HUBERT_LAYERS
    (folder / "config.json").write_text(json.dumps(config))
    write_state(folder / "pytorch_model.bin", scaled, _values(scaled), {})
    return folder


def write_speaker(path: Path) -> Path:
    """The speaker verification network, whose embeddings are 20480 wide."""
    shapes = {
        name: tuple(size if size == 1 else _SPEAKER_FACTOR * size for size in shape[:2]) + shape[2:]
        for name, shape in _shapes(golden_file("sv_tiny.ckpt")).items()
    }
    return write_state(path, shapes, _values(shapes), {})


def write_bert(folder: Path, config: BertConfig = FULL_BERT) -> Path:
    """As chinese-roberta-wwm-ext-large, which has 325 M parameters; it knows few characters."""
    shapes = {f"bert.{name}": shape for name, shape in bert_shapes(config).items()}
    settings = {
        "hidden_act": "gelu",
        "hidden_size": config.hidden_size,
        "intermediate_size": config.feed_forward_size,
        "layer_norm_eps": config.norm_epsilon,
        "max_position_embeddings": config.num_positions,
        "num_attention_heads": config.num_heads,
        "num_hidden_layers": config.num_layers + 2,
        "type_vocab_size": config.num_kinds,
        "vocab_size": config.vocabulary_size,
    }
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(settings))
    shutil.copy(TINY_BERT / "tokenizer.json", folder)
    write_state(folder / "pytorch_model.bin", shapes, _values(shapes), {})
    return folder


def _shapes(path: Path) -> Shapes:
    tensors = read_torch_zip(path).tensors
    return {name: tensors.shape(name) for name in tensors if tensors.shape(name)}


def _values(shapes: Shapes) -> Iterator[NDArray[np.float32]]:
    """Signals neither die nor explode."""
    rng = np.random.default_rng(1)
    for name, shape in shapes.items():
        if len(shape) > 1 and not name.endswith("weight_g"):
            fan_in = np.float32(np.sqrt(np.prod(shape[1:])))
            yield rng.standard_normal(shape, np.float32) / fan_in
        elif name.endswith(("weight", "weight_g", "running_var")):
            yield np.ones(shape, np.float32)
        else:
            yield np.zeros(shape, np.float32)
