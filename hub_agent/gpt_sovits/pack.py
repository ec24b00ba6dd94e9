"""A pack of GPT-SoVITS: the files in it, and what its manifest says of them."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self, TypeVar

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits import bert_maker, t2s_maker
from hub_agent.gpt_sovits.graphs import sovits
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.models.store import InstalledPack

ENGINE: Final = "gpt_sovits"
LAYOUT: Final = 1
"""Counts what changes in the graphs, so that packs made for others are not run."""

SOVITS_WEIGHTS_FILE: Final = "sovits.weights"
HUBERT_FILE: Final = "hubert.onnx"
HUBERT_WEIGHTS_FILE: Final = "hubert.weights"
SPEAKER_FILE: Final = "speaker.onnx"
SPEAKER_WEIGHTS_FILE: Final = "speaker.weights"
HUBERT_FILES: Final = (HUBERT_FILE, HUBERT_WEIGHTS_FILE)
SPEAKER_FILES: Final = (SPEAKER_FILE, SPEAKER_WEIGHTS_FILE)

LAYOUT_FIGURE: Final = "layout"
PRECISION_FIGURE: Final = "precision"
_OPTIONS: Final = "hub-agent models add-gpt-sovits --help"


class PackKind(StrEnum):
    """Versions of GPT-SoVITS that packs are made of, by their official names."""

    V2 = "v2"
    V2_PRO = "v2Pro"
    V2_PRO_PLUS = "v2ProPlus"

    @property
    def hears_speakers(self) -> bool:
        """Whether enrolling takes the speaker verification network too."""
        return self is not PackKind.V2


@dataclass(frozen=True, slots=True, kw_only=True)
class GptSovitsPack:
    """An installed pack; its folder is what `T2S`, `Decoder` and `ReferenceEncoder` open."""

    name: str
    folder: Path
    kind: PackKind
    precision: Precision
    sample_rate: int
    languages: tuple[str, ...]
    has_bert: bool
    """Whether Mandarin is read with more than its sounds."""

    @classmethod
    def open(cls, installed: InstalledPack) -> Self:
        """Raises `ModelFileError` for a pack of something else, or one that lacks a file."""
        manifest = installed.manifest
        if manifest.engine != ENGINE or manifest.sample_rate is None:
            raise _unusable(
                f"model {manifest.name} is no pack of GPT-SoVITS", _OPTIONS, "wrong_engine"
            )
        if manifest.figures.get(LAYOUT_FIGURE) != LAYOUT:
            raise _made_otherwise(manifest.name)
        named = {file.path for file in manifest.files}
        pack = cls(
            name=manifest.name,
            folder=installed.folder,
            kind=_known(PackKind, manifest.kind, manifest.name),
            precision=_known(Precision, manifest.figures.get(PRECISION_FIGURE), manifest.name),
            sample_rate=manifest.sample_rate,
            languages=manifest.languages,
            has_bert=not named.isdisjoint(bert_maker.FILES),
        )
        pack._require_files(named)
        return pack

    @property
    def hubert(self) -> Path:
        """The graph that hears what a recording says."""
        return self.folder / HUBERT_FILE

    @property
    def speaker(self) -> Path | None:
        """The graph that hears who speaks, for the kinds that need it."""
        return self.folder / SPEAKER_FILE if self.kind.hears_speakers else None

    def _require_files(self, named: set[str]) -> None:
        """Both in the manifest, whose checksums `models verify` holds against them, and there."""
        bert = bert_maker.FILES if self.has_bert else ()
        for file in (*files_of(self.kind), *bert):
            if file not in named or not (self.folder / file).is_file():
                raise _unusable(
                    f"model {self.name} is damaged: {file} is missing",
                    f"hub-agent models verify {self.name}",
                    "damaged_model",
                )


def files_of(kind: PackKind) -> tuple[str, ...]:
    """All files of a pack but its manifest, and those of BERT, which it may do without."""
    speaker = SPEAKER_FILES if kind.hears_speakers else ()
    graphs = (*sovits.SPEAKING, *sovits.ENROLLING)
    return (*t2s_maker.FILES, *graphs, SOVITS_WEIGHTS_FILE, *HUBERT_FILES, *speaker)


_Choice = TypeVar("_Choice", bound=StrEnum)


def _known(choices: type[_Choice], value: object, name: str) -> _Choice:
    for choice in choices:
        if choice == value:
            return choice
    raise _made_otherwise(name)


def _made_otherwise(name: str) -> ModelFileError:
    return _unusable(
        f"model {name} was made for another version of the hub agent",
        f"hub-agent models remove {name}, then make it again: {_OPTIONS}",
        "other_layout",
    )


def _unusable(message: str, hint: str, reason: str) -> ModelFileError:
    return ModelFileError(message, hint=hint, reason=reason)
