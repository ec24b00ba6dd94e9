"""Archives that others made: unpacked whole, or refused with nothing outside touched."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_agent.errors import ModelFileError
from hub_agent.models.archive import unpack
from hub_agent.models.manifest import MANIFEST, MAX_FILES
from tests.fakes.model_packs import make_pack

MAX_BYTES = 10_000_000
SMALL = {"a.onnx": b"a" * 700, "sub/b.bin": b"b" * 10}


def tar_of(content: Mapping[str, bytes], *more: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in content.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return buffer.getvalue()


def zip_of(content: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for path, data in content.items():
            archive.writestr(path, data)
    return buffer.getvalue()


MAKERS = [tar_of, zip_of]
Maker = Callable[[Mapping[str, bytes]], bytes]


def unpacked(tmp_path: Path, archive: bytes, *, max_bytes: int = MAX_BYTES) -> Path:
    (tmp_path / "archive").write_bytes(archive)
    return unpack(tmp_path / "archive", tmp_path / "out", max_bytes=max_bytes)


def content_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def pack_content(tmp_path: Path) -> dict[str, bytes]:
    make_pack(tmp_path / "pack", SMALL)
    return content_of(tmp_path / "pack")


def refused(tmp_path: Path, archive: bytes, *, max_bytes: int = MAX_BYTES) -> ModelFileError:
    with pytest.raises(ModelFileError) as error:
        unpacked(tmp_path, archive, max_bytes=max_bytes)
    assert error.value.hint
    assert {path.name for path in tmp_path.iterdir()} <= {"archive", "out", "pack"}
    return error.value


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("above", ["", "./", "home-voice/", "./home-voice/"])
def test_a_pack_is_unpacked_with_or_without_a_folder_around_it(
    tmp_path: Path, make: Maker, above: str
) -> None:
    content = pack_content(tmp_path)
    if make is zip_of:
        above = above.removeprefix("./")
    folder = unpacked(tmp_path, make({f"{above}{path}": data for path, data in content.items()}))
    assert content_of(folder) == content


def test_a_tar_that_ends_with_a_zip_is_still_a_tar(tmp_path: Path) -> None:
    content = {MANIFEST: b"{}", "inner.zip": zip_of({"a": b"x"})}
    assert content_of(unpacked(tmp_path, tar_of(content))) == content


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "path", ["../up", "/tmp/absolute", "a/../../up", ".hidden", "C:/x", "a\\..\\b", "x" * 300]
)
def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path, make: Maker, path: str) -> None:
    assert refused(tmp_path, make({MANIFEST: b"{}", path: b"x"})).reason == "unsafe_pack"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("paths", [("A", "a"), ("a", "a/b"), ("a/b", "A")])
@pytest.mark.parametrize("make", MAKERS)
def test_paths_that_clash_are_refused(tmp_path: Path, make: Maker, paths: tuple[str, str]) -> None:
    archive = make(dict.fromkeys(paths, b"x"))
    assert refused(tmp_path, archive).reason == "unsafe_pack"


def test_a_path_that_comes_twice_is_refused(tmp_path: Path) -> None:
    again = tarfile.TarInfo("a")
    assert refused(tmp_path, tar_of({"a": b"x"}, again)).reason == "unsafe_pack"


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("link")
    info.type, info.linkname = kind, "/etc/passwd"
    assert refused(tmp_path, tar_of({MANIFEST: b"{}"}, info)).reason == "unsafe_pack"


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert refused(tmp_path, buffer.getvalue()).reason == "unsafe_pack"


@pytest.mark.parametrize("make", MAKERS)
def test_never_more_is_unpacked_than_allowed(tmp_path: Path, make: Maker) -> None:
    bomb = make({MANIFEST: b"{}", "a": bytes(3_000_000), "b": bytes(3_000_000)})
    refused(tmp_path, bomb, max_bytes=5_000_000)
    assert sum(map(len, content_of(tmp_path / "out").values())) < 5_000_000


def test_a_zip_that_lies_about_sizes_gets_no_more_than_it_told(tmp_path: Path) -> None:
    archive = bytearray(zip_of({"bomb": bytes(3_000_000)}))
    for place in (archive.index(b"PK\3\4") + 22, archive.index(b"PK\1\2") + 24):
        archive[place : place + 4] = (1000).to_bytes(4, "little")
    refused(tmp_path, bytes(archive))
    assert sum(map(len, content_of(tmp_path / "out").values())) <= 1000


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("long")
    info.pax_headers = {"comment": "x" * 3_000_000}
    refused(tmp_path, tar_of({MANIFEST: b"{}"}, info))


@pytest.mark.parametrize("make", MAKERS)
def test_too_many_files_are_refused(tmp_path: Path, make: Maker) -> None:
    archive = make({f"f{number}": b"" for number in range(2 * MAX_FILES + 1)})
    assert "too many files" in str(refused(tmp_path, archive))


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    archive = bytearray(zip_of({MANIFEST: b"{}"}))
    archive[archive.index(b"PK\3\4") + 6] |= 1
    archive[archive.index(b"PK\1\2") + 8] |= 1
    refused(tmp_path, bytes(archive))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_compressions_are_refused(tmp_path: Path, method: int) -> None:
    refused(tmp_path, zip_of({MANIFEST: b"{}"}, compression=method))


@pytest.mark.parametrize("archive", [b"", b"x", bytes(10_000), b"\x1f\x8b" + bytes(500)])
def test_what_is_no_archive_is_refused(tmp_path: Path, archive: bytes) -> None:
    refused(tmp_path, archive)


@pytest.mark.parametrize("make", MAKERS)
def test_an_archive_without_a_manifest_is_refused(tmp_path: Path, make: Maker) -> None:
    assert MANIFEST in str(refused(tmp_path, make({"a": b"x", "b/manifest.json": b"{}"})))


@pytest.mark.parametrize("make", MAKERS)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_archive_gives_files_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, make: Maker, data: st.DataObject
) -> None:
    archive = bytearray(make({MANIFEST: b"{}", "sub/a.onnx": b"a" * 600}))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(archive) - 1))
        archive[place] = data.draw(st.integers(0, 255))
    kept = data.draw(st.integers(0, len(archive)))
    scratch = tmp_path_factory.mktemp("damaged")
    with suppress(ModelFileError):
        unpacked(scratch, bytes(archive[:kept]) if kept % 2 else bytes(archive))
    assert {path.name for path in scratch.iterdir()} == {"archive", "out"}
