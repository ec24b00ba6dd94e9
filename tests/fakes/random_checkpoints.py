"""Checkpoints in the official formats with random weights, tiny or as large as the real ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.s1 import S1Config, s1_shapes
from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config, s2_shapes
from tests.fakes.torch_files import HParams, write_state

Shapes = Mapping[str, tuple[int, ...]]

FULL_S1 = S1Config(
    num_layers=24,
    num_heads=16,
    hidden_size=512,
    feed_forward_size=2048,
    bert_size=1024,
    num_phones=732,
    vocabulary_size=1025,
)
TINY_S1 = replace(FULL_S1, num_layers=3, num_heads=4, hidden_size=64, feed_forward_size=96)
ODD_S1 = replace(FULL_S1, num_layers=1, num_heads=3, hidden_size=36, feed_forward_size=40)
"""Heads 12 wide, which is no multiple of eight."""

FULL_S2 = S2Config(
    sample_rate=32_000,
    fft_size=2048,
    hop_length=640,
    window_length=2048,
    hidden_channels=192,
    inter_channels=192,
    filter_channels=768,
    num_heads=2,
    kernel_size=3,
    gin_channels=512,
    num_ssl_layers=3,
    num_text_layers=6,
    num_post_layers=3,
    num_couplings=4,
    num_wavenet_layers=4,
    upsample_initial_channels=512,
    upsample_rates=(10, 8, 2, 2, 2),
    upsample_kernel_sizes=(16, 16, 8, 2, 2),
    resblock_kernel_sizes=(3, 7, 11),
    resblock_dilations=((1, 3, 5),) * 3,
    num_phones=732,
    num_codes=1024,
    ssl_channels=768,
    mrte_channels=512,
    speaker_size=None,
)
FULL_S2_PRO = replace(FULL_S2, gin_channels=1024, speaker_size=20_480)
FULL_S2_PRO_PLUS = replace(
    FULL_S2_PRO, upsample_initial_channels=768, upsample_kernel_sizes=(20, 16, 8, 2, 2)
)
FULL = {
    Kind.S2_V2: FULL_S2,
    Kind.S2_V2_PRO: FULL_S2_PRO,
    Kind.S2_V2_PRO_PLUS: FULL_S2_PRO_PLUS,
}

VERSIONS = {Kind.S2_V2: "v2", Kind.S2_V2_PRO: "v2Pro", Kind.S2_V2_PRO_PLUS: "v2ProPlus"}
HEADS = {Kind.S2_V2: b"PK", Kind.S2_V2_PRO: b"05", Kind.S2_V2_PRO_PLUS: b"06"}

NORMALISED = re.compile(r"(?:dec\.(?:ups|resblocks)|flow\.flows\.\d+\.enc)\..*\.weight")


def tiny_s2(kind: Kind) -> S2Config:
    """All parts of the network, as small as the official code allows."""
    return replace(
        FULL[kind],
        inter_channels=32,
        filter_channels=64,
        gin_channels=512 if kind is Kind.S2_V2 else 48,
        num_ssl_layers=1,
        num_text_layers=2,
        num_post_layers=1,
        upsample_initial_channels=32,
    )


def write_s1(
    path: Path,
    config: S1Config = TINY_S1,
    *,
    seed: int = 1,
    given: Mapping[str, NDArray[np.float32]] | None = None,
) -> Path:
    """A GPT checkpoint as the trainer writes it; weights that are not `given` are random."""
    shapes = {f"model.{name}": shape for name, shape in s1_shapes(config).items()}
    model = {
        "vocab_size": config.vocabulary_size,
        "phoneme_vocab_size": config.num_phones,
        "embedding_dim": config.hidden_size,
        "hidden_dim": config.hidden_size,
        "head": config.num_heads,
        "linear_units": config.feed_forward_size,
        "n_layer": config.num_layers,
        "dropout": 0,
        "EOS": config.eos,
    }
    rest = {"config": {"model": model}, "info": "GPT-e1"}
    random = zip(shapes, _values(shapes, seed), strict=True)
    values = ((given or {}).get(name, value) for name, value in random)
    return write_state(path, shapes, values, rest)


def write_s2(
    path: Path,
    kind: Kind = Kind.S2_V2,
    config: S2Config | None = None,
    *,
    claimed: S2Config | None = None,
    seed: int = 1,
) -> Path:
    """A SoVITS checkpoint as the trainer writes it; tiny unless `config` says otherwise.

    `claimed` is what its settings say where that is not the truth.
    """
    config = config or tiny_s2(kind)
    shapes = dict(_unfolded(s2_shapes(config)))
    beside = _s2_settings(claimed or config, kind)
    return write_state(path, shapes, _values(shapes, seed), beside, head=HEADS[kind])


def _unfolded(shapes: Shapes) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, shape in shapes.items():
        if not NORMALISED.fullmatch(name):
            yield name, shape
            continue
        yield f"{name}_g", (shape[0], 1, 1)
        yield f"{name}_v", shape


def _values(shapes: Shapes, seed: int) -> Iterator[NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    for name, shape in shapes.items():
        yield _value(rng, name, shape)


def _value(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Values for which signals neither die nor explode on their way through the network."""
    normal = rng.standard_normal(shape, np.float32)
    if name.endswith((".alpha", "norm1.weight", "norm2.weight", ".gamma")):
        return 1 + normal * np.float32(0.1)
    if name.endswith("weight_g"):
        return np.float32(0.5) + np.abs(normal) * np.float32(0.2)
    if name == "model.ar_predict_layer.weight" or name.endswith("_codebook.embed"):
        return normal * np.float32(0.2)
    if len(shape) == 1:
        return normal * np.float32(0.05)
    return normal / np.float32(np.sqrt(np.prod(shape[1:])))


def _s2_settings(config: S2Config, kind: Kind) -> dict[str, Any]:
    model = HParams(
        inter_channels=config.inter_channels,
        hidden_channels=config.hidden_channels,
        filter_channels=config.filter_channels,
        n_heads=config.num_heads,
        n_layers=config.num_text_layers,
        kernel_size=config.kernel_size,
        resblock="1",
        resblock_kernel_sizes=list(config.resblock_kernel_sizes),
        resblock_dilation_sizes=[list(row) for row in config.resblock_dilations],
        upsample_rates=list(config.upsample_rates),
        upsample_initial_channel=config.upsample_initial_channels,
        upsample_kernel_sizes=list(config.upsample_kernel_sizes),
        gin_channels=config.gin_channels,
        semantic_frame_rate="25hz",
        version=VERSIONS[kind],
    )
    data = HParams(
        sampling_rate=config.sample_rate,
        filter_length=config.fft_size,
        hop_length=config.hop_length,
        win_length=config.window_length,
    )
    return {"config": HParams(model=model, data=data), "info": "1epoch_1iteration"}
