"""BERT as a Hugging Face folder: `config.json` and a vocabulary beside the weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hub_agent.gpt_sovits.checkpoint.config import Section, check_shapes, read_json
from hub_agent.gpt_sovits.checkpoint.kind import Kind, require
from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.safetensors import SafeTensors
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from hub_agent.gpt_sovits.checkpoint.vocabulary import Vocabulary
from hub_agent.gpt_sovits.checkpoint.weights import Renamed, Weights

TORCH_FILE: Final = "pytorch_model.bin"
SAFETENSORS_FILE: Final = "model.safetensors"
_MAX_CONFIG_BYTES: Final = 1 << 16
_PREFIX: Final = "bert."
_OLD_NAMES: Final = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
"""As weights that came from TensorFlow still call them."""
_MOST_LAYERS: Final = 128
_NUM_LEFT_OUT: Final = 2
"""Voices are trained with the third-last hidden state, which the last two layers come after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BertConfig:
    """The shape of the network."""

    num_layers: int
    """That are of use."""
    num_heads: int
    hidden_size: int
    feed_forward_size: int
    vocabulary_size: int
    num_positions: int
    num_kinds: int
    """Of sentences; ours are of the first."""
    norm_epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BertCheckpoint:
    """Weights in float32 under their official names, without `bert.`."""

    config: BertConfig
    weights: Weights
    vocabulary: Vocabulary

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the description and check all shapes; weights are read when asked for."""
        stored = _stored(folder)
        config = _config(Section(read_json(folder / "config.json", max_bytes=_MAX_CONFIG_BYTES)))
        shapes = bert_shapes(config)
        found = {_plain(name): name for name in stored}
        weights = Renamed(stored, {name: found[name] for name in shapes if name in found})
        check_shapes(weights, shapes)
        vocabulary = Vocabulary.of_folder(folder, size=config.vocabulary_size)
        return cls(config=config, weights=weights, vocabulary=vocabulary)


def bert_shapes(config: BertConfig) -> Mapping[str, tuple[int, ...]]:
    """All weights that are of use."""
    hidden = config.hidden_size
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config.vocabulary_size, hidden),
        "embeddings.position_embeddings.weight": (config.num_positions, hidden),
        "embeddings.token_type_embeddings.weight": (config.num_kinds, hidden),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
    }
    for layer in range(config.num_layers):
        layer_shapes = _layer_shapes(hidden, config.feed_forward_size)
        shapes |= {f"encoder.layer.{layer}.{name}": shape for name, shape in layer_shapes.items()}
    return shapes


def _layer_shapes(hidden: int, feed_forward: int) -> dict[str, tuple[int, ...]]:
    linear = {
        "attention.self.query": (hidden, hidden),
        "attention.self.key": (hidden, hidden),
        "attention.self.value": (hidden, hidden),
        "attention.output.dense": (hidden, hidden),
        "intermediate.dense": (feed_forward, hidden),
        "output.dense": (hidden, feed_forward),
    }
    norms = "attention.output.LayerNorm", "output.LayerNorm"
    return {
        **{f"{name}.weight": shape for name, shape in linear.items()},
        **{f"{name}.bias": shape[:1] for name, shape in linear.items()},
        **{f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")},
    }


def _stored(folder: Path) -> Weights:
    if (folder / SAFETENSORS_FILE).is_file():
        return SafeTensors(folder / SAFETENSORS_FILE)
    file = read_torch_zip(folder / TORCH_FILE)
    require(file, Kind.BERT)
    return file.tensors


def _plain(name: str) -> str:
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            name = name.removesuffix(old) + new
    return name.removeprefix(_PREFIX)


def _config(content: Section) -> BertConfig:
    content.require("hidden_act", "gelu")
    config = BertConfig(
        num_layers=content.number("num_hidden_layers") - _NUM_LEFT_OUT,
        num_heads=content.number("num_attention_heads"),
        hidden_size=content.number("hidden_size"),
        feed_forward_size=content.number("intermediate_size"),
        vocabulary_size=content.number("vocab_size"),
        num_positions=content.number("max_position_embeddings"),
        num_kinds=content.number("type_vocab_size"),
        norm_epsilon=content.fraction("layer_norm_eps"),
    )
    if not 0 < config.num_layers <= _MOST_LAYERS or config.hidden_size % config.num_heads:
        raise damaged("its settings make no sense")
    return config
