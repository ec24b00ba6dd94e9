"""A pack is what the engine relies on it to be, or it is not opened."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.pack import GptSovitsPack, PackKind, files_of
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.models.store import InstalledPack
from tests.fakes.gpt_sovits_packs import golden_pack, store_of


def changed(pack: InstalledPack, **fields: Any) -> InstalledPack:
    return replace(pack, manifest=pack.manifest.model_copy(update=fields))


def without(pack: InstalledPack, file: str) -> InstalledPack:
    files = tuple(each for each in pack.manifest.files if each.path != file)
    return changed(pack, files=files)


def with_figure(name: str, value: object) -> Callable[[InstalledPack], InstalledPack]:
    return lambda pack: changed(pack, figures={**pack.manifest.figures, name: value})


def test_an_installed_pack_tells_what_the_engine_needs() -> None:
    installed = store_of(golden_pack()).open(golden_pack().manifest.name)
    pack = GptSovitsPack.open(installed)
    assert (pack.kind, pack.precision) == (PackKind.V2, Precision.FP32)
    assert pack.sample_rate == 32_000
    assert pack.languages == ("zh", "en", "ja", "ko", "yue")
    assert pack.folder == installed.folder
    assert pack.hubert.is_file()
    assert pack.speaker is None


def test_only_kinds_that_hear_speakers_have_a_graph_for_it() -> None:
    pack = GptSovitsPack.open(golden_pack(Kind.S2_V2_PRO_PLUS))
    assert pack.kind is PackKind.V2_PRO_PLUS
    assert pack.speaker is not None
    assert pack.speaker.is_file()


@pytest.mark.parametrize(
    ("change", "reason", "hint"),
    [
        (lambda pack: changed(pack, engine="piper"), "wrong_engine", "add-gpt-sovits"),
        (lambda pack: changed(pack, kind="v3"), "other_layout", "models remove"),
        (with_figure("layout", 2), "other_layout", "models remove"),
        (with_figure("layout", None), "other_layout", "models remove"),
        (with_figure("precision", "int4"), "other_layout", "add-gpt-sovits"),
        (with_figure("precision", ["int8"]), "other_layout", "add-gpt-sovits"),
        (lambda pack: without(pack, "t2s.weights"), "damaged_model", "models verify"),
    ],
)
def test_a_pack_of_something_else_is_refused_with_what_to_type(
    change: Callable[[InstalledPack], InstalledPack], reason: str, hint: str
) -> None:
    with pytest.raises(ModelFileError) as caught:
        GptSovitsPack.open(change(golden_pack()))
    assert caught.value.reason == reason
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("file", files_of(PackKind.V2))
def test_no_file_may_be_missing(tmp_path: Path, file: str) -> None:
    pack = golden_pack()
    folder = tmp_path / pack.manifest.name
    folder.mkdir()
    for each in set(files_of(PackKind.V2)) - {file}:
        (folder / each).symlink_to(pack.path(each))
    with pytest.raises(ModelFileError, match=f"{file} is missing"):
        GptSovitsPack.open(replace(pack, folder=folder))


def test_a_v2_pack_does_not_pass_for_one_that_hears_speakers() -> None:
    with pytest.raises(ModelFileError, match=r"speaker\.onnx is missing"):
        GptSovitsPack.open(changed(golden_pack(), kind="v2Pro"))


def test_the_engine_reads_a_pack_that_was_carried_elsewhere(tmp_path: Path) -> None:
    pack = golden_pack()
    shutil.copytree(pack.folder, tmp_path / "pack")
    assert GptSovitsPack.open(replace(pack, folder=tmp_path / "pack")).hubert.is_file()
