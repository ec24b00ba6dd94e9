"""What a pack is put together of: each part writes some of its files."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits import bert_maker, t2s_maker
from hub_agent.gpt_sovits.checkpoint.bert import BertCheckpoint
from hub_agent.gpt_sovits.checkpoint.hubert import HubertCheckpoint
from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.checkpoint.speaker import read_speaker_weights
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.hubert import build_hubert
from hub_agent.gpt_sovits.graphs.sovits import ENROLLING, SPEAKING
from hub_agent.gpt_sovits.graphs.speaker import build_speaker
from hub_agent.gpt_sovits.graphs.stored import WeightsFile
from hub_agent.gpt_sovits.memory import give_back_memory
from hub_agent.gpt_sovits.pack import (
    HUBERT_FILE,
    HUBERT_WEIGHTS_FILE,
    SOVITS_WEIGHTS_FILE,
    SPEAKER_FILE,
    SPEAKER_WEIGHTS_FILE,
)
from hub_agent.models.store import InstalledPack
from hub_agent.models.tree import copy_files, sha256_of

if TYPE_CHECKING:
    import onnx

Builders = Mapping[str, Callable[[], "onnx.ModelProto"]]
"""Graphs to be built, by the names of their files."""
_WEIGHT_BYTES: Final = 4

TOKENS: Final = "GPT (s1)"
SOVITS: Final = "SoVITS (s2)"
HUBERT: Final = "HuBERT"
SPEAKER: Final = "the speaker verification network"
BERT: Final = "BERT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some files of a pack to be, of `num_bytes` at most."""

    name: str
    num_bytes: int
    write_into: Callable[[Path], None]

    def write(self, folder: Path) -> None:
        """A `ModelFileError` names the part that could not be made."""
        with named(self.name):
            self.write_into(folder)
        give_back_memory()


def token_network(checkpoint: S1Checkpoint, *, is_quantised: bool) -> Part:
    """Text to tokens."""
    return Part(
        name=TOKENS,
        num_bytes=_bytes_of(checkpoint.weights),
        write_into=lambda folder: t2s_maker.make_t2s(checkpoint, folder, is_quantised=is_quantised),
    )


def sovits(checkpoint: S2Checkpoint) -> Part:
    """Tokens to sound, and what enrolling needs of the same checkpoint."""
    weights, config = checkpoint.weights, checkpoint.config
    graphs = {**SPEAKING, **ENROLLING}
    builders = {file: lambda build=build: build(weights, config) for file, build in graphs.items()}
    return _graphs(SOVITS, weights, builders, SOVITS_WEIGHTS_FILE)


def hubert(folder: Path) -> Part:
    """Of a folder of Hugging Face."""
    with named(HUBERT):
        checkpoint = HubertCheckpoint.read(folder)
    weights, config = checkpoint.weights, checkpoint.config
    builders = {HUBERT_FILE: lambda: build_hubert(weights, config)}
    return _graphs(HUBERT, weights, builders, HUBERT_WEIGHTS_FILE)


def speaker(checkpoint: Path) -> Part:
    """Of the checkpoint of ERes2NetV2."""
    with named(SPEAKER):
        weights = read_speaker_weights(checkpoint)
    return _graphs(
        SPEAKER, weights, {SPEAKER_FILE: lambda: build_speaker(weights)}, SPEAKER_WEIGHTS_FILE
    )


def read_bert(folder: Path, width: int) -> BertCheckpoint:
    """Of Hugging Face; it gives so many values for a character."""
    with named(BERT):
        checkpoint = BertCheckpoint.read(folder)
    if checkpoint.config.hidden_size != width:
        raise ModelFileError(
            "the GPT checkpoint was not trained with this BERT",
            hint="use the folder chinese-roberta-wwm-ext-large",
            reason="other_checkpoint",
        )
    return checkpoint


def bert(checkpoint: BertCheckpoint, *, is_quantised: bool) -> Part:
    """What Mandarin means at each of its characters."""
    return Part(
        name=BERT,
        num_bytes=_bytes_of(checkpoint.weights),
        write_into=lambda folder: bert_maker.make_bert(
            checkpoint, folder, is_quantised=is_quantised
        ),
    )


def copied(name: str, pack: InstalledPack, files: tuple[str, ...]) -> Part:
    """The same files of another pack."""
    described = [file for file in pack.manifest.files if file.path in files]

    def copy(folder: Path) -> None:
        copy_files(pack.folder, {file.path: file.size for file in described}, folder, _nobody)
        if any(sha256_of(folder / file.path, _nobody) != file.sha256 for file in described):
            raise ModelFileError(
                f"model {pack.manifest.name}, which has it, is damaged",
                hint=f"hub-agent models verify {pack.manifest.name}",
            )

    return Part(name=name, num_bytes=sum(file.size for file in described), write_into=copy)


@contextmanager
def named(part: str) -> Iterator[None]:
    """Says which of several checkpoints a `ModelFileError` of the block is about."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{part}: {error}", hint=error.hint, reason=error.reason) from error


def _graphs(name: str, weights: Weights, builders: Builders, weights_file: str) -> Part:
    def write(folder: Path) -> None:
        with WeightsFile(folder / weights_file) as file:
            for graph, build in builders.items():
                # One at a time is in memory.
                file.save(build(), folder / graph)

    return Part(name=name, num_bytes=_bytes_of(weights), write_into=write)


def _bytes_of(weights: Weights) -> int:
    return _WEIGHT_BYTES * sum(math.prod(weights.shape(name)) for name in weights)


def _nobody(_num_bytes: int) -> None:
    """Watches."""
