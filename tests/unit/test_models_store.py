"""Packs come and go as a whole, whatever happens meanwhile."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_agent.errors import AgentBusyError, ModelFileError, NotFoundError, UnavailableError
from hub_agent.models.manifest import MANIFEST, Manifest
from hub_agent.models.store import KEPT_FOR_S, ModelStore
from tests.fakes.faulty_files import every_cut
from tests.fakes.model_packs import CONTENT, make_pack, manifest_for, write_files
from voices.durable import Files

SMALL = {"a.onnx": b"a" * 100, "sub/b.bin": b"b"}


def install(
    store: ModelStore,
    name: str = "home-voice",
    damage: Callable[[Path], None] = lambda _: None,
) -> Manifest:
    with store.staging() as staging:
        manifest = manifest_for(write_files(staging), name)
        damage(staging)
        store.install(staging, manifest)
    return manifest


def put_together(store: ModelStore, key: str, error: Exception) -> None:
    with store.staging(key) as staging:
        (staging / "part").write_bytes(b"half")
        raise error


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_installed_pack_is_listed_opened_verified_and_removed(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    manifest = install(store)
    pack = store.open("home-voice")
    assert pack.manifest == manifest
    assert pack.path("symbols.json").read_bytes() == CONTENT["symbols.json"]
    assert [each.manifest.name for each in store.packs()] == ["home-voice"]
    seen: list[tuple[int, int]] = []
    store.verify("home-voice", lambda done, total: seen.append((done, total)))
    assert seen[-1] == (manifest.size, manifest.size)
    store.remove("home-voice")
    assert store.packs() == ()
    assert hidden(tmp_path / "packs") == [".lock"]


def test_store_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert ModelStore(tmp_path / "packs").packs() == ()
    assert not (tmp_path / "packs").exists()


@pytest.mark.parametrize("name", ["other", "", ".", "..", "../packs", ".lock", "/"])
def test_unknown_names_are_refused_with_those_there_are(tmp_path: Path, name: str) -> None:
    store = ModelStore(tmp_path / "packs")
    install(store)
    for action in (store.open, store.verify, store.remove):
        with pytest.raises(NotFoundError) as refused:
            action(name)
        assert "home-voice" in str(refused.value.hint)


def test_a_name_that_is_taken_is_refused_and_the_first_pack_stays(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    first = install(store)
    with pytest.raises(ModelFileError) as refused:
        install(store)
    assert refused.value.reason == "model_exists"
    assert store.open("home-voice").manifest == first
    assert hidden(tmp_path / "packs") == [".lock"]


def flipped(folder: Path) -> None:
    file = folder / "graphs/t2s.onnx"
    content = bytearray(file.read_bytes())
    content[12_345] ^= 1
    file.write_bytes(content)


def cut(folder: Path) -> None:
    os.truncate(folder / "graphs/t2s.onnx", 1_499_999)


def lost(folder: Path) -> None:
    (folder / "empty.txt").unlink()


def more(folder: Path) -> None:
    (folder / "graphs/more.onnx").write_bytes(b"x")


def linked(folder: Path) -> None:
    shutil.copy(folder / "symbols.json", folder.parent.parent / "elsewhere")
    (folder / "symbols.json").unlink()
    (folder / "symbols.json").symlink_to(folder.parent.parent / "elsewhere")


def piped(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def renamed(folder: Path) -> None:
    manifest = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(manifest.replace("home-voice", "other-voice"))


def unreadable(folder: Path) -> None:
    (folder / MANIFEST).write_text("{")


DAMAGES = [flipped, cut, lost, more, linked, piped, renamed, unreadable]


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_found(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    store = ModelStore(tmp_path / "packs")
    install(store)
    damage(tmp_path / "packs/home-voice")
    with pytest.raises(ModelFileError) as found:
        store.verify("home-voice")
    assert found.value.hint
    assert store.names() == ("home-voice",)
    store.remove("home-voice")
    assert store.names() == ()


@pytest.mark.parametrize("damage", [flipped, cut, lost, more, linked, piped])
def test_what_is_not_as_its_manifest_says_is_never_installed(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    store = ModelStore(tmp_path / "packs")
    with pytest.raises(ModelFileError):
        install(store, damage=damage)
    assert store.names() == ()
    assert hidden(tmp_path / "packs") == [".lock"]


def test_every_single_byte_counts(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    with store.staging() as staging:
        store.install(staging, manifest_for(write_files(staging, SMALL)))
    for path in SMALL:
        file = tmp_path / "packs/home-voice" / path
        good = file.read_bytes()
        for place in range(len(good)):
            file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            with pytest.raises(ModelFileError, match="another content"):
                store.verify("home-voice")
        file.write_bytes(good)
    store.verify("home-voice")


def test_a_damaged_pack_does_not_hide_the_others(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    install(store, "first")
    install(store, "second")
    unreadable(tmp_path / "packs/first")
    assert [pack.manifest.name for pack in store.packs()] == ["second"]
    assert store.names() == ("first", "second")


def test_one_changes_the_store_at_a_time(tmp_path: Path) -> None:
    store, other = ModelStore(tmp_path / "packs"), ModelStore(tmp_path / "packs")
    install(store)
    with store.staging():
        with pytest.raises(AgentBusyError), other.staging():
            pass
        with pytest.raises(AgentBusyError):
            other.remove("home-voice")
        assert other.open("home-voice").manifest.name == "home-voice"
    other.remove("home-voice")


def test_staging_with_a_key_survives_a_failure_and_only_for_its_key(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    with pytest.raises(UnavailableError):
        put_together(store, "mine", UnavailableError("later"))
    with store.staging("other") as staging:
        assert not list(staging.iterdir())
    with store.staging("mine") as staging:
        assert (staging / "part").read_bytes() == b"half"
    with store.staging("mine") as staging:
        assert not list(staging.iterdir())


def test_staging_of_unusable_files_is_not_kept(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    with pytest.raises(ModelFileError):
        put_together(store, "mine", ModelFileError("bad"))
    with store.staging("mine") as staging:
        assert not list(staging.iterdir())


def test_downloads_that_nobody_goes_on_with_are_removed_in_the_end(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    with pytest.raises(KeyboardInterrupt), store.staging("old") as old:
        raise KeyboardInterrupt
    with store.staging():
        assert old.exists()
    past = time.time() - KEPT_FOR_S - 1
    os.utime(old, (past, past))
    with store.staging():
        assert not old.exists()


def test_a_power_cut_while_installing_leaves_all_or_nothing(tmp_path: Path) -> None:
    make_pack(tmp_path / "pack", SMALL)

    def put(folder: Path, files: Files) -> None:
        store = ModelStore(folder, files)
        with store.staging() as staging:
            store.install(staging, manifest_for(write_files(staging, SMALL)))

    outcomes = set()
    for after in every_cut(lambda _: None, put, tmp_path / "scratch"):
        store = ModelStore(after.folder)
        for name in store.names():
            store.verify(name)
        outcomes.add(store.names())
        with store.staging("next"):
            assert set(hidden(after.folder)) <= {".lock", ".staging-next"}
        if after.finished:
            assert store.names() == ("home-voice",)
    assert outcomes == {(), ("home-voice",)}


def test_a_power_cut_while_removing_leaves_all_or_nothing(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        store = ModelStore(folder)
        with store.staging() as staging:
            store.install(staging, manifest_for(write_files(staging, SMALL)))

    def take(folder: Path, files: Files) -> None:
        ModelStore(folder, files).remove("home-voice")

    outcomes = set()
    for after in every_cut(fill, take, tmp_path / "scratch"):
        store = ModelStore(after.folder)
        for name in store.names():
            store.verify(name)
        outcomes.add(store.names())
        with store.staging():
            assert set(hidden(after.folder)) == {".lock", ".staging-new"}
    assert outcomes == {(), ("home-voice",)}
