"""The speaker verification checkpoint (ERes2NetV2): a bare state dict."""

from pathlib import Path

from hub_agent.gpt_sovits.checkpoint.kind import Kind, require
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from hub_agent.gpt_sovits.checkpoint.weights import Weights


def read_speaker_weights(path: Path) -> Weights:
    """All weights in float32 under their official names."""
    file = read_torch_zip(path)
    require(file, Kind.SPEAKER)
    return file.tensors
