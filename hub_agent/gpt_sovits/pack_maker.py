"""Makes a pack of official checkpoints, and puts it into the store as a whole or not at all."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from hub_agent.downloads.disk import require_room
from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits import pack_parts
from hub_agent.gpt_sovits.checkpoint.bert import BertCheckpoint
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.problems import damaged
from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint, S1Config
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.generator_maker import make_int8_generator
from hub_agent.gpt_sovits.pack import (
    ENGINE,
    HUBERT_FILE,
    LAYOUT,
    LAYOUT_FIGURE,
    PRECISION_FIGURE,
    SPEAKER_FILE,
    PackKind,
)
from hub_agent.gpt_sovits.pack_finder import bert_in, hubert_in, speaker_in
from hub_agent.gpt_sovits.pack_parts import SOVITS, TOKENS, Part, named
from hub_agent.gpt_sovits.pack_trial import bert_snr_db, compared_with_exact, tried_sample_rate
from hub_agent.gpt_sovits.pack_words import pack_name, require_licence
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from hub_agent.models.content import describe_files
from hub_agent.models.manifest import Manifest
from hub_agent.models.store import InstalledPack, ModelStore
from hub_agent.phones.frontend import LANGUAGES

UNKNOWN_LICENCE: Final = "unknown – see where you got it"
COMPARISON_FIGURE: Final = "int8_against_fp32"
SNR_FIGURE: Final = "int8_generator_snr_db"
BERT_FIGURE: Final = "bert"
BERT_SNR_FIGURE: Final = "int8_bert_snr_db"
_KINDS: Final = {
    Kind.S2_V2: PackKind.V2,
    Kind.S2_V2_PRO: PackKind.V2_PRO,
    Kind.S2_V2_PRO_PLUS: PackKind.V2_PRO_PLUS,
}

Tell = Callable[[str], None]
"""Told what is done next."""


def nobody(_step: str) -> None:
    """Watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRequest:
    """What a pack is made of, and how; networks that are None are looked for in the store."""

    s1: Path
    s2: Path
    hubert: Path | None = None
    """A folder of Hugging Face."""
    speaker: Path | None = None
    """Of v2Pro and v2ProPlus; v2 does without."""
    bert: Path | None = None
    """A folder of Hugging Face; where the store has none either, the pack does without."""
    name: str | None = None
    """After the file of s2 where None."""
    precision: Precision = Precision.INT8
    licence: str = UNKNOWN_LICENCE


def make_pack(request: PackRequest, store: ModelStore, tell: Tell = nobody) -> InstalledPack:
    """Blocks for a minute or so, and takes less than 2 GB of memory.

    Raises `ModelFileError` for a checkpoint that cannot be used, and says which one it is.
    """
    making = _Making(request, store)
    with store.staging() as staging:
        manifest = making.fill(staging, tell)
        tell("installing")
        return store.install(staging, manifest)


class _Making:
    """One pack; whatever can be known to be wrong is refused before anything is written."""

    def __init__(self, request: PackRequest, store: ModelStore) -> None:
        self._request = request
        self._name = pack_name(request.name, request.s2)
        self._licence = require_licence(request.licence)
        store.require_free(self._name)
        with named(TOKENS):
            self._s1 = S1Checkpoint.read(request.s1)
        with named(SOVITS):
            self._s2 = S2Checkpoint.read(request.s2)
        self._kind = _KINDS[self._s2.kind]
        _require_pair(self._s1, self._s2)
        self._bert = self._chosen_bert(store)
        self._parts = self._all_parts(store)

    def fill(self, folder: Path, tell: Tell) -> Manifest:
        """Write all files but the manifest, which is returned."""
        sizes = [part.num_bytes for part in self._parts]
        # An exact network to compare one with lies there for a while too.
        require_room(folder, sum(sizes) + max(sizes))
        for part in self._parts:
            tell(part.name)
            part.write(folder)
        figures = self._figures()
        if self._is_quantised:
            tell("comparing int8 with fp32")
            figures[COMPARISON_FIGURE] = asdict(compared_with_exact(folder, self._s1))
            tell("fitting the int8 generator")
            figures[SNR_FIGURE] = self._make_int8_generator(folder)
        if self._is_quantised and self._bert:
            tell("comparing int8 with fp32 in BERT")
            figures[BERT_SNR_FIGURE] = bert_snr_db(folder, self._bert)
        tell("trying it")
        return self._manifest(folder, figures, tried_sample_rate(folder))

    def _make_int8_generator(self, folder: Path) -> float | None:
        speaker = folder / SPEAKER_FILE if self._kind.hears_speakers else None
        encoder = ReferenceEncoder(pack=folder, hubert=folder / HUBERT_FILE, speaker=speaker)
        return make_int8_generator(folder, self._s2, encoder)

    def _chosen_bert(self, store: ModelStore) -> BertCheckpoint | None:
        width = self._s1.config.bert_size
        folder = self._request.bert
        return pack_parts.read_bert(folder, width) if folder else bert_in(store, width)

    @property
    def _is_quantised(self) -> bool:
        return self._request.precision is Precision.INT8

    def _all_parts(self, store: ModelStore) -> list[Part]:
        request = self._request
        parts = [pack_parts.hubert(request.hubert) if request.hubert else hubert_in(store)]
        if self._kind.hears_speakers:
            speaker = request.speaker
            parts.append(pack_parts.speaker(speaker) if speaker else speaker_in(store))
        if self._bert:
            parts.append(pack_parts.bert(self._bert, is_quantised=self._is_quantised))
        return [
            *parts,
            pack_parts.sovits(self._s2),
            pack_parts.token_network(self._s1, is_quantised=self._is_quantised),
        ]

    def _figures(self) -> dict[str, Any]:
        bert = {BERT_FIGURE: asdict(self._bert.config)} if self._bert else {}
        return {
            **bert,
            LAYOUT_FIGURE: LAYOUT,
            PRECISION_FIGURE: self._request.precision.value,
            "s1": _described(self._request.s1, self._s1.config),
            "s2": _described(self._request.s2, self._s2.config),
        }

    def _manifest(self, folder: Path, figures: dict[str, Any], sample_rate: int) -> Manifest:
        try:
            return Manifest(
                name=self._name,
                engine=ENGINE,
                kind=self._kind.value,
                sample_rate=sample_rate,
                licence=self._licence,
                languages=LANGUAGES,
                figures=figures,
                files=describe_files(folder),
            )
        except ValidationError as error:
            raise damaged("its settings make no sense") from error


def _require_pair(s1: S1Checkpoint, s2: S2Checkpoint) -> None:
    """A `ModelFileError` where one's tokens are not the other's."""
    if s1.config.eos != s2.config.num_codes:
        raise ModelFileError(
            "the two checkpoints do not belong together: they have different tokens",
            hint="use the GPT and the SoVITS checkpoint of one training",
            reason="other_checkpoint",
        )


def _described(checkpoint: Path, config: S1Config | S2Config) -> dict[str, Any]:
    """Which checkpoint it was, and the dimensions of its network, as JSON has them."""
    with checkpoint.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, **json.loads(json.dumps(asdict(config)))}
