"""SoVITS graphs of golden and of random checkpoints, loaded."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.graphs.sovits import (
    COARSE_FILE,
    ENROLLING,
    FINE_FILE,
    FLOW_FILE,
    SPEAKING,
    TEXT_ENCODER_FILE,
    Build,
)
from hub_agent.gpt_sovits.passage import Passage, Style
from hub_agent.gpt_sovits.sessions import open_session
from tests.fakes.golden import Arrays, arrays, golden_file

GOLDEN = {Kind.S2_V2: "v2", Kind.S2_V2_PRO_PLUS: "v2ProPlus"}
BOTH = tuple(GOLDEN)


@cache
def golden_checkpoint(kind: Kind) -> S2Checkpoint:
    """The tiny official one."""
    return S2Checkpoint.read(golden_file(f"s2_tiny_{GOLDEN[kind]}.pth"))


def golden_vits(kind: Kind) -> Arrays:
    """What the official code made of it."""
    return arrays(f"vits_{GOLDEN[kind]}")


@cache
def golden_networks(kind: Kind) -> DecoderNetworks:
    """The speaking side of the tiny official one."""
    return networks_of(golden_checkpoint(kind))


def networks_of(checkpoint: S2Checkpoint) -> DecoderNetworks:
    """The speaking side of a checkpoint, in two threads."""
    sessions = {name: session_of(build, checkpoint) for name, build in SPEAKING.items()}
    return DecoderNetworks(
        text_encoder=sessions[TEXT_ENCODER_FILE],
        flow=sessions[FLOW_FILE],
        coarse=sessions[COARSE_FILE],
        fine=sessions[FINE_FILE],
        num_parts=2,
    )


def session_of(build: Build, checkpoint: S2Checkpoint) -> Any:
    """One graph of a checkpoint, loaded."""
    model = build(checkpoint.weights, checkpoint.config)
    return open_session(model.SerializeToString(), num_threads=1)


def write_pack(folder: Path, checkpoint: S2Checkpoint) -> Path:
    """All graphs of a checkpoint as files."""
    for name, build in {**SPEAKING, **ENROLLING}.items():
        model = build(checkpoint.weights, checkpoint.config)
        (folder / name).write_bytes(model.SerializeToString())
    return folder


def golden_style(kind: Kind) -> Style:
    """Of the first reference."""
    vits = golden_vits(kind)
    return Style(ge=vits["ge"], ge_mrte=vits["ge_mrte"])


def golden_passage(kind: Kind, *, noise_scale: float = 0.0, speed: float = 1.0) -> Passage:
    """The golden text with the golden noise."""
    vits = golden_vits(kind)

    def noise(start: int, end: int) -> NDArray[np.float32]:
        given = np.zeros((1, vits["noise"].shape[1], end), np.float32)
        given[:, :, : vits["noise"].shape[2]] = vits["noise"][:, :, :end] * np.float32(noise_scale)
        return given[:, :, start:]

    return Passage(
        phones=vits["text"][0].tolist(), style=golden_style(kind), noise=noise, speed=speed
    )


def golden_tokens(kind: Kind) -> NDArray[np.int64]:
    """The golden semantic tokens, 40."""
    tokens: NDArray[np.int64] = golden_vits(kind)["codes"][0, 0]
    return tokens
