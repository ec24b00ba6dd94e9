"""What a pack may say of itself, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.errors import ModelFileError
from hub_agent.models.manifest import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    RESERVED_NAMES,
    Manifest,
    parse_manifest,
    read_manifest,
)
from hub_agent.models.safe_path import SafePaths
from tests.fakes.model_packs import make_pack
from voices.speaker.model import NAME as SPEAKER_CHECK

FILE = {"path": "a.onnx", "size": 3, "sha256": "0" * 64}
PACK: dict[str, Any] = {
    "format": 1,
    "name": "home-voice",
    "engine": "gpt_sovits",
    "kind": "v2",
    "sample_rate": 32000,
    "licence": "MIT",
    "languages": ["en"],
    "figures": {"deep": [1, {"er": None}]},
    "files": [FILE],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def parsed(**changes: Any) -> Manifest:
    return parse_manifest(json.dumps(PACK | changes).encode())


def with_paths(*paths: str) -> Manifest:
    return parsed(files=[FILE | {"path": path} for path in paths])


def test_a_manifest_that_was_written_is_read_as_the_same(tmp_path: Path) -> None:
    manifest = make_pack(tmp_path)
    assert read_manifest(tmp_path) == manifest
    assert manifest.size == sum(
        path.stat().st_size for path in tmp_path.rglob("*.*") if path.name != MANIFEST
    )


def test_published_files_have_neither_engine_nor_sample_rate() -> None:
    assert parsed(kind="files", engine=None, sample_rate=None).engine is None
    with pytest.raises(ModelFileError, match="neither"):
        parsed(kind="files")
    with pytest.raises(ModelFileError, match="neither"):
        parsed(engine=None, sample_rate=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../up"},
        {"name": "Upper"},
        {"name": "line\n"},
        {"name": ""},
        {"name": "x" * 101},
        {"name": ".hidden"},
        {"name": SPEAKER_CHECK},
        {"engine": "two words"},
        {"kind": ""},
        {"sample_rate": 44100.5},
        {"sample_rate": "32000"},
        {"sample_rate": True},
        {"sample_rate": 1},
        {"licence": ""},
        {"licence": "\x1b[31mred"},
        {"languages": ["English"]},
        {"languages": "en"},
        {"figures": []},
        {"files": []},
        {"files": [FILE | {"size": -1}]},
        {"files": [FILE | {"size": 1 << 41}]},
        {"files": [FILE | {"sha256": "0" * 63}]},
        {"files": [FILE | {"sha256": "A" * 64}]},
        {"files": [FILE | {"mode": 0o777}]},
        {"unknown": 1},
        {"format": 0},
        {"format": "1"},
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError) as refused:
        parsed(**changes)
    assert refused.value.reason == "bad_manifest"
    assert refused.value.hint
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../up",
        "a/../../up",
        "a//b",
        "./a",
        "a/",
        "",
        ".hidden",
        "a/.git/config",
        "C:\\x",
        "c:x",
        "a\\b",
        "nul\x00",
        "new\nline",
        "turn\u202earound",
        " blank",
        "x" * 201,
        "a/" * 9 + "b",
        MANIFEST,
        "MANIFEST.json",
        f"{MANIFEST}/a",
    ],
)
def test_unsafe_paths_are_refused(path: str) -> None:
    with pytest.raises(ModelFileError):
        with_paths(path)


@pytest.mark.parametrize(
    "paths",
    [("a", "a"), ("a", "A"), ("straße", "STRASSE"), ("é", "e\u0301"), ("a", "a/b"), ("A/b", "a")],
)
def test_paths_that_some_disk_cannot_hold_together_are_refused(paths: tuple[str, str]) -> None:
    with pytest.raises(ModelFileError):
        with_paths(*paths)
    with pytest.raises(ModelFileError):
        with_paths(*reversed(paths))


def test_harmless_paths_are_taken() -> None:
    paths = ("a b.onnx", "sub/a.onnx", "sub/b-1_2+3.bin", "声/模型.onnx", "a.b.c")
    assert [file.path for file in with_paths(*paths).files] == list(paths)


def test_a_newer_format_says_what_to_do() -> None:
    with pytest.raises(ModelFileError) as refused:
        parsed(format=2)
    assert refused.value.reason == "newer_format"
    assert "upgrade" in str(refused.value.hint)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b'{"name": "a", "name": "b"}',
        b'{"figures": ' + b"1" * 5000 + b"}",
        b" " * (MAX_MANIFEST_BYTES + 1),
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError):
        parse_manifest(data)


@pytest.mark.parametrize("figure", ["NaN", "-Infinity", "1e999"])
def test_figures_that_are_no_numbers_are_refused(figure: str) -> None:
    data = json.dumps(PACK | {"figures": {"x": [0]}}).replace("[0]", f"[{figure}]")
    with pytest.raises(ModelFileError):
        parse_manifest(data.encode())


def test_a_missing_manifest_and_a_linked_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_manifest(tmp_path)
    make_pack(tmp_path / "other")
    (tmp_path / MANIFEST).symlink_to(tmp_path / "other" / MANIFEST)
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_manifest(tmp_path)


def test_names_of_the_hub_itself_are_reserved() -> None:
    assert {SPEAKER_CHECK} == RESERVED_NAMES


def manifest_or_error(data: bytes) -> None:
    try:
        manifest = parse_manifest(data)
    except ModelFileError as error:
        told = str(error)
    else:
        told = manifest.name
        assert parse_manifest(manifest.to_bytes()) == manifest
    assert told.isprintable()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_manifest_or_an_error_of_ours(data: bytes) -> None:
    manifest_or_error(data)


@settings(deadline=None)
@given(JSON)
def test_any_json_gives_a_manifest_or_an_error_of_ours(content: Any) -> None:
    manifest_or_error(json.dumps(content).encode())


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*PACK, "source", "else"]), JSON, min_size=1, max_size=2))
def test_any_change_of_a_manifest_gives_one_or_an_error_of_ours(changes: dict[str, Any]) -> None:
    manifest_or_error(json.dumps(PACK | changes).encode())


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_safe_path_stays_inside(path: str) -> None:
    try:
        SafePaths().add(path)
    except ValueError:
        return
    root = Path("/pack")
    assert root in (root / path).resolve().parents
