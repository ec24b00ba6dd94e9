"""HuBERT as a Hugging Face folder: `config.json` beside `pytorch_model.bin`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hub_agent.gpt_sovits.checkpoint.config import Section, read_json
from hub_agent.gpt_sovits.checkpoint.kind import Kind, require
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from hub_agent.gpt_sovits.checkpoint.weights import Folded, Weights

_MAX_CONFIG_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HubertConfig:
    """What the weights do not tell by themselves."""

    num_layers: int
    num_heads: int
    strides: tuple[int, ...]
    """Of the convolutions, first one first."""
    num_position_groups: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HubertCheckpoint:
    """Weights in float32 under their official names, the positional one folded."""

    config: HubertConfig
    weights: Weights

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the folder's description; weights are read when asked for."""
        file = read_torch_zip(folder / "pytorch_model.bin")
        require(file, Kind.HUBERT)
        content = Section(read_json(folder / "config.json", max_bytes=_MAX_CONFIG_BYTES))
        config = HubertConfig(
            num_layers=content.number("num_hidden_layers"),
            num_heads=content.number("num_attention_heads"),
            strides=content.numbers("conv_stride"),
            num_position_groups=content.number("num_conv_pos_embedding_groups"),
        )
        return cls(config=config, weights=Folded(file.tensors))
