"""The GPT checkpoint (s1): phones and prompt tokens to semantic tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hub_agent.gpt_sovits.checkpoint.config import Section, check_shapes, count_layers, sizes
from hub_agent.gpt_sovits.checkpoint.kind import Kind, require
from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from hub_agent.gpt_sovits.checkpoint.weights import Renamed, Weights

_PREFIX: Final = "model."


@dataclass(frozen=True, slots=True, kw_only=True)
class S1Config:
    """The shape of the network."""

    num_layers: int
    num_heads: int
    hidden_size: int
    feed_forward_size: int
    bert_size: int
    num_phones: int
    vocabulary_size: int
    """Semantic tokens and, as the last one, EOS."""

    @property
    def head_size(self) -> int:
        """Width of one head."""
        return self.hidden_size // self.num_heads

    @property
    def eos(self) -> int:
        """The token that ends a sentence."""
        return self.vocabulary_size - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class S1Checkpoint:
    """Weights in float32 under their official names, without `model.`."""

    config: S1Config
    weights: Weights

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the description and check all shapes; weights are read when asked for."""
        file = read_torch_zip(path)
        require(file, Kind.S1)
        names = {
            name.removeprefix(_PREFIX): name for name in file.tensors if name.startswith(_PREFIX)
        }
        weights = Renamed(file.tensors, names)
        config = _config(weights, Section(file.content, "config", "model").number("head"))
        check_shapes(weights, s1_shapes(config))
        return cls(config=config, weights=weights)


def s1_shapes(config: S1Config) -> Mapping[str, tuple[int, ...]]:
    """All weights of the network."""
    hidden = config.hidden_size
    shapes: dict[str, tuple[int, ...]] = {
        "bert_proj.weight": (hidden, config.bert_size),
        "bert_proj.bias": (hidden,),
        "ar_text_embedding.word_embeddings.weight": (config.num_phones, hidden),
        "ar_text_position.alpha": (1,),
        "ar_audio_embedding.word_embeddings.weight": (config.vocabulary_size, hidden),
        "ar_audio_position.alpha": (1,),
        "ar_predict_layer.weight": (config.vocabulary_size, hidden),
    }
    for layer in range(config.num_layers):
        layer_shapes = _layer_shapes(hidden, config.feed_forward_size)
        shapes |= {f"h.layers.{layer}.{name}": shape for name, shape in layer_shapes.items()}
    return shapes


def _layer_shapes(hidden: int, feed_forward: int) -> dict[str, tuple[int, ...]]:
    return {
        "self_attn.in_proj_weight": (3 * hidden, hidden),
        "self_attn.in_proj_bias": (3 * hidden,),
        "self_attn.out_proj.weight": (hidden, hidden),
        "self_attn.out_proj.bias": (hidden,),
        "linear1.weight": (feed_forward, hidden),
        "linear1.bias": (feed_forward,),
        "linear2.weight": (hidden, feed_forward),
        "linear2.bias": (hidden,),
        "norm1.weight": (hidden,),
        "norm1.bias": (hidden,),
        "norm2.weight": (hidden,),
        "norm2.bias": (hidden,),
    }


def _config(weights: Weights, num_heads: int) -> S1Config:
    num_phones, hidden = sizes(weights, "ar_text_embedding.word_embeddings.weight", 2)
    vocabulary_size, _hidden = sizes(weights, "ar_predict_layer.weight", 2)
    # Positions are pairs of sines and cosines.
    if hidden < num_heads or hidden % num_heads or hidden % 2 or not vocabulary_size:
        raise damaged("its settings do not fit its weights")
    num_layers = count_layers(weights, "h.layers.{}.linear1.weight")
    if not num_layers:
        raise damaged("it has no layers")
    return S1Config(
        num_layers=num_layers,
        num_heads=num_heads,
        hidden_size=hidden,
        feed_forward_size=sizes(weights, "h.layers.0.linear1.weight", 2)[0],
        bert_size=sizes(weights, "bert_proj.weight", 2)[1],
        num_phones=num_phones,
        vocabulary_size=vocabulary_size,
    )
