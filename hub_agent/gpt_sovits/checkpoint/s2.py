"""The SoVITS checkpoint (s2): semantic tokens, phones and a style to the voice."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hub_agent.gpt_sovits.checkpoint.config import Section, check_shapes, count_layers, sizes
from hub_agent.gpt_sovits.checkpoint.kind import SPEAKING, Kind, require
from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.s2_shapes import STYLE_BINS, S2Config, s2_shapes
from hub_agent.gpt_sovits.checkpoint.torch_zip import TorchFile, read_torch_zip
from hub_agent.gpt_sovits.checkpoint.weights import Folded, Weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class S2Checkpoint:
    """Weights in float32 under their official names, normalised ones folded to `….weight`."""

    kind: Kind
    config: S2Config
    weights: Weights

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the description and check all shapes; weights are read when asked for."""
        file = read_torch_zip(path)
        kind = require(file, *SPEAKING)
        weights = Folded(file.tensors)
        config = _config(file, weights)
        check_shapes(weights, s2_shapes(config))
        return cls(kind=kind, config=config, weights=weights)


def _config(file: TorchFile, weights: Weights) -> S2Config:
    model = Section(file.content, "config", "model")
    data = Section(file.content, "config", "data")
    config = S2Config(
        sample_rate=data.number("sampling_rate"),
        fft_size=data.number("filter_length"),
        hop_length=data.number("hop_length"),
        window_length=data.number("win_length"),
        hidden_channels=model.number("hidden_channels"),
        inter_channels=model.number("inter_channels"),
        filter_channels=model.number("filter_channels"),
        num_heads=model.number("n_heads"),
        kernel_size=model.number("kernel_size"),
        gin_channels=model.number("gin_channels"),
        num_ssl_layers=count_layers(weights, "enc_p.encoder_ssl.attn_layers.{}.conv_q.weight"),
        num_text_layers=count_layers(weights, "enc_p.encoder_text.attn_layers.{}.conv_q.weight"),
        num_post_layers=count_layers(weights, "enc_p.encoder2.attn_layers.{}.conv_q.weight"),
        num_couplings=_num_couplings(weights),
        num_wavenet_layers=count_layers(weights, "flow.flows.0.enc.in_layers.{}.weight"),
        upsample_initial_channels=model.number("upsample_initial_channel"),
        upsample_rates=model.numbers("upsample_rates"),
        upsample_kernel_sizes=model.numbers("upsample_kernel_sizes"),
        resblock_kernel_sizes=model.numbers("resblock_kernel_sizes"),
        resblock_dilations=model.rows("resblock_dilation_sizes"),
        num_phones=sizes(weights, "enc_p.text_embedding.weight", 2)[0],
        num_codes=sizes(weights, "quantizer.vq.layers.0._codebook.embed", 2)[0],
        ssl_channels=sizes(weights, "ssl_proj.weight", 3)[0],
        mrte_channels=sizes(weights, "enc_p.mrte.c_pre.weight", 3)[0],
        speaker_size=_speaker_size(weights),
    )
    _check(config)
    return config


def _num_couplings(weights: Weights) -> int:
    """Couplings have even numbers, the flips between them odd ones."""
    count = 0
    while f"flow.flows.{2 * count}.pre.weight" in weights:
        count += 1
    return count


def _speaker_size(weights: Weights) -> int | None:
    return sizes(weights, "sv_emb.weight", 2)[1] if "sv_emb.weight" in weights else None


def _check(config: S2Config) -> None:
    stages = len(config.upsample_rates)
    fits = (
        config.hidden_channels % config.num_heads == 0
        and config.inter_channels % 2 == 0
        and config.kernel_size % 2 == 1
        and math.prod(config.upsample_rates) <= config.hop_length
        and config.fft_size // 2 >= STYLE_BINS
        and len(config.upsample_kernel_sizes) == stages
        and len(config.resblock_dilations) == len(config.resblock_kernel_sizes)
        and config.upsample_initial_channels % 2**stages == 0
        and all(
            kernel >= rate and (kernel - rate) % 2 == 0
            for kernel, rate in zip(
                config.upsample_kernel_sizes, config.upsample_rates, strict=True
            )
        )
    )
    layers = (
        config.num_ssl_layers,
        config.num_text_layers,
        config.num_post_layers,
        config.num_couplings,
        config.num_wavenet_layers,
    )
    if not fits or not all(layers):
        raise damaged("its settings do not fit its weights")
