"""Networks that several packs share, where an earlier pack or a download has them already."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from hub_agent.errors import ModelFileError, NotFoundError
from hub_agent.gpt_sovits import pack_parts
from hub_agent.gpt_sovits.checkpoint.bert import BertCheckpoint
from hub_agent.gpt_sovits.checkpoint.kind import Kind, recognise
from hub_agent.gpt_sovits.pack import HUBERT_FILES, SPEAKER_FILES, GptSovitsPack
from hub_agent.gpt_sovits.pack_parts import HUBERT, SPEAKER, Part
from hub_agent.models.manifest import FILES_KIND
from hub_agent.models.store import InstalledPack, ModelStore

_PUBLISHED: Final = "hf:lj1995/GPT-SoVITS"
_SUFFIXES: Final = (".bin", ".ckpt", ".pth", ".pt")


def hubert_in(store: ModelStore) -> Part:
    """Raises `NotFoundError` with what to type."""
    for pack in _packs_with(store, HUBERT_FILES):
        return pack_parts.copied(HUBERT, pack, HUBERT_FILES)
    for file in _published(store, Kind.HUBERT):
        return pack_parts.hubert(file.parent)
    raise _missing(HUBERT, "chinese-hubert-base", "--hubert FOLDER")


def speaker_in(store: ModelStore) -> Part:
    """Raises `NotFoundError` with what to type."""
    for pack in _packs_with(store, SPEAKER_FILES):
        return pack_parts.copied(SPEAKER, pack, SPEAKER_FILES)
    for file in _published(store, Kind.SPEAKER):
        return pack_parts.speaker(file)
    raise _missing(SPEAKER, "sv", "--sv FILE")


def bert_in(store: ModelStore, width: int) -> BertCheckpoint | None:
    """One that was downloaded and gives so many values for a character."""
    for file in _published(store, Kind.BERT):
        with suppress(ModelFileError):
            checkpoint = BertCheckpoint.read(file.parent)
            if checkpoint.config.hidden_size == width:
                return checkpoint
    return None


def _packs_with(store: ModelStore, files: tuple[str, ...]) -> Iterator[InstalledPack]:
    for installed in store.packs():
        with suppress(ModelFileError):
            GptSovitsPack.open(installed)
            if {file.path for file in installed.manifest.files}.issuperset(files):
                yield installed


def _published(store: ModelStore, kind: Kind) -> Iterator[Path]:
    """Files of this kind among those that `models add hf:…` brought."""
    for installed in store.packs():
        if installed.manifest.kind != FILES_KIND:
            continue
        for file in installed.manifest.files:
            path = installed.path(file.path)
            with suppress(ModelFileError):
                if path.suffix in _SUFFIXES and recognise(path) is kind:
                    yield path


def _missing(what: str, folder: str, option: str) -> NotFoundError:
    return NotFoundError(
        f"a pack needs {what} to enrol voices, and it is not here",
        hint=f"hub-agent models add {_PUBLISHED}/{folder}, then the same again; or {option}",
        reason="missing_network",
    )
