"""Models from servers that cut, stall, lie, redirect and come back."""

import gzip
import json
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_agent.downloads import disk
from hub_agent.downloads.web import Patience
from hub_agent.errors import ModelFileError, NotFoundError, UnavailableError, UsageError
from hub_agent.models.adding import Adding
from hub_agent.models.sources import Repository, WebArchive, WebPack, source_of
from hub_agent.models.store import InstalledPack, ModelStore
from tests.fakes.faulty_server import (
    Answer,
    Fault,
    FaultyServer,
    Request,
    cut_after,
    redirected,
    serving,
    stalled_after,
    with_status,
)
from tests.fakes.model_packs import CONTENT, make_pack
from tests.fakes.weights_hub import COMMIT, REPOSITORY, WeightsHub

PATIENCE = Patience(
    connect_s=5, silence_s=0.3, total_s=10, attempts=3, pause_s=0.01, most_pause_s=0.02
)
BIG = "/pack/graphs/t2s.onnx"
PLACE = 1_200_000
MANIFEST_AT = "/pack/manifest.json"
WEIGHTS = {
    "README.md": b"# weights\n",
    ".gitattributes": b"*.pth filter=lfs\n",
    "v2/s1 final.ckpt": random.Random(5).randbytes(1_500_000),
    "v2/s2G.pth": random.Random(6).randbytes(100_000),
    "v2/config/settings.json": b"{}\n",
    "v1/s1.ckpt": random.Random(7).randbytes(2_000),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A pack as files under /pack/, and as /pack.tar and /pack.zip."""
    scratch = tmp_path_factory.mktemp("published")
    make_pack(scratch / "pack")
    files = (path for path in (scratch / "pack").rglob("*") if path.is_file())
    found = {f"/{path.relative_to(scratch).as_posix()}": path.read_bytes() for path in files}
    for kind in ("tar", "zip"):
        archive = Path(shutil.make_archive(str(scratch / "pack"), kind, scratch / "pack"))
        found[f"/{archive.name}"] = archive.read_bytes()
    return found


@pytest.fixture
def server(published: dict[str, bytes]) -> Iterator[FaultyServer]:
    with serving(FaultyServer(published)) as server:
        yield server


@pytest.fixture
def hub() -> Iterator[WeightsHub]:
    with serving(FaultyServer()) as storage, serving(WeightsHub(WEIGHTS, storage)) as hub:
        yield hub


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "packs")


def add(
    store: ModelStore,
    source: str,
    *,
    max_bytes: int = 10_000_000,
    steps: Callable[[str], Callable[[int, int], None]] = lambda _: lambda _done, _total: None,
    patience: Patience = PATIENCE,
    **env: str,
) -> InstalledPack:
    env |= {"HOME": "/nonexistent", "PIP_CONFIG_FILE": "/dev/null"}
    adding = Adding(store, steps, max_bytes=max_bytes, env=env, patience=patience)
    return adding.add(source_of(source, env))


def content_of(pack: InstalledPack) -> dict[str, bytes]:
    return {file.path: pack.path(file.path).read_bytes() for file in pack.manifest.files}


def names(store: ModelStore, tmp_path: Path) -> tuple[tuple[str, ...], list[str]]:
    """Packs, and what else lies beside them."""
    hidden = (path.name for path in (tmp_path / "packs").iterdir() if path.name[0] == ".")
    return store.names(), sorted(hidden)


def begun_at(server: FaultyServer, path: str) -> list[int]:
    wanted = (each.headers.get("range", "bytes=0-") for each in server.requests_for(path))
    return [int(each.removeprefix("bytes=").removesuffix("-")) for each in wanted]


@pytest.mark.parametrize("path", [MANIFEST_AT, "/pack.tar", "/pack.zip"])
def test_a_pack_comes_whole_and_leaves_nothing_else(
    server: FaultyServer, store: ModelStore, tmp_path: Path, path: str
) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    def steps(what: str) -> Callable[[int, int], None]:
        told[what] = []
        return lambda done, total: told[what].append((done, total))

    pack = add(store, server.url + path, steps=steps)
    assert content_of(pack) == CONTENT
    assert names(store, tmp_path) == (("home-voice",), [".lock"])
    store.verify("home-voice")
    for what in ("downloading", "verifying"):
        assert told[what] == sorted(told[what])
        assert told[what][-1][0] == told[what][-1][1] > 0


@pytest.mark.parametrize(
    ("path", "fault", "least"),
    [
        (BIG, cut_after(0), 0),
        (BIG, cut_after(1), 0),
        (BIG, cut_after(PLACE), 1),
        (BIG, cut_after(1_499_999), 1),
        (BIG, stalled_after(1), 1),
        (BIG, stalled_after(PLACE), PLACE),
        ("/pack.tar", cut_after(PLACE), 1),
        ("/pack.tar", stalled_after(PLACE), PLACE),
    ],
)
def test_a_cut_anywhere_is_gone_on_with(
    server: FaultyServer, store: ModelStore, path: str, fault: Fault, least: int
) -> None:
    server.faults_of[path] = [fault]
    source = MANIFEST_AT if path == BIG else path
    assert content_of(add(store, server.url + source)) == CONTENT
    first, second = begun_at(server, path)
    assert first == 0
    assert least <= second < len(server.files[path])


def test_without_ranges_a_cut_file_is_begun_anew(server: FaultyServer, store: ModelStore) -> None:
    server.ranges = False
    server.faults_of[BIG] = [cut_after(100_000)]
    assert content_of(add(store, server.url + MANIFEST_AT)) == CONTENT


@pytest.mark.parametrize("path", [BIG, "/pack.zip"])
def test_a_server_that_dies_and_comes_back_is_gone_on_with_by_the_next_command(
    server: FaultyServer, store: ModelStore, tmp_path: Path, path: str
) -> None:
    source = server.url + (MANIFEST_AT if path == BIG else path)
    server.faults_of[path] = [cut_after(PLACE), *[with_status(503)] * 5]
    with pytest.raises(UnavailableError) as failed:
        add(store, source)
    assert failed.value.reason == "download_failed"
    assert "same again" in str(failed.value.hint)
    assert store.names() == ()
    server.faults_of.clear()
    assert content_of(add(store, source)) == CONTENT
    assert 0 < begun_at(server, path)[-1] <= PLACE
    assert names(store, tmp_path)[1] == [".lock"]
    others = [each.path for each in server.requests].count("/pack/graphs/vits.onnx")
    assert others <= 1


def test_what_was_changed_on_the_server_meanwhile_is_not_mixed(
    server: FaultyServer, store: ModelStore
) -> None:
    server.faults_of["/pack.tar"] = [cut_after(PLACE), *[with_status(503)] * 5]
    with pytest.raises(UnavailableError):
        add(store, f"{server.url}/pack.tar")
    server.files["/pack.tar"] = server.files["/pack.tar"] + bytes(10_240)
    server.faults_of.clear()
    assert content_of(add(store, f"{server.url}/pack.tar")) == CONTENT


def changed(_request: Request, answer: Answer) -> Answer:
    answer.body = bytes([answer.body[0] ^ 1]) + answer.body[1:]
    return answer


def shorter(_request: Request, answer: Answer) -> Answer:
    answer.body = answer.body[:-1]
    return answer


def longer(_request: Request, answer: Answer) -> Answer:
    answer.body += b"x"
    return answer


def endless(_request: Request, answer: Answer) -> Answer:
    """Without a length, and far longer than it should be."""
    answer.headers |= {"Content-Length": "", "Transfer-Encoding": "chunked"}
    answer.body = (b"10000\r\n" + bytes(0x10000) + b"\r\n") * 60
    return answer


def encoded(_request: Request, answer: Answer) -> Answer:
    answer.headers["Content-Encoding"] = "gzip"
    answer.body = gzip.compress(answer.body)
    return answer


@pytest.mark.parametrize("fault", [changed, shorter, longer, endless, encoded])
def test_another_file_is_refused_and_the_right_one_taken_next_time(
    server: FaultyServer, store: ModelStore, fault: Fault
) -> None:
    server.faults_of[BIG] = [fault]
    with pytest.raises(UnavailableError) as refused:
        add(store, server.url + MANIFEST_AT)
    assert refused.value.reason == "wrong_file"
    assert refused.value.hint
    assert store.names() == ()
    assert content_of(add(store, server.url + MANIFEST_AT)) == CONTENT


def test_an_endless_archive_ends_at_the_most_that_is_allowed(
    server: FaultyServer, store: ModelStore, tmp_path: Path
) -> None:
    server.faults_of["/pack.tar"] = [endless]
    with pytest.raises(UnavailableError, match="bigger"):
        add(store, f"{server.url}/pack.tar", max_bytes=1_000_000)
    kept = sum(path.stat().st_size for path in tmp_path.rglob("*") if "packs" in path.parts)
    assert kept < 100_000


@pytest.mark.parametrize("path", ["/pack.tar", "/pack.zip"])
def test_an_archive_that_is_damaged_is_refused_and_not_kept(
    server: FaultyServer, store: ModelStore, tmp_path: Path, path: str
) -> None:
    archive = bytearray(server.files[path])
    archive[len(archive) // 2] ^= 1
    server.files[path] = bytes(archive)
    with pytest.raises(ModelFileError):
        add(store, server.url + path)
    assert names(store, tmp_path) == ((), [".lock"])


@pytest.mark.parametrize(
    ("status", "requests", "hint"), [(404, 1, "address"), (403, 1, "name"), (500, 3, "same again")]
)
@pytest.mark.parametrize("path", [MANIFEST_AT, BIG])
def test_what_the_server_refuses_is_told_with_what_to_do(
    server: FaultyServer, store: ModelStore, path: str, status: int, requests: int, hint: str
) -> None:
    server.faults_of[path] = [with_status(status)] * 5
    with pytest.raises(UnavailableError, match=f"HTTP {status}") as failed:
        add(store, server.url + MANIFEST_AT)
    assert hint in str(failed.value.hint)
    assert len(server.requests_for(path)) == requests


def test_redirects_to_another_host_are_followed_and_those_without_end_given_up(
    server: FaultyServer, store: ModelStore
) -> None:
    with serving(FaultyServer({"/elsewhere": server.files[BIG]})) as other:
        server.faults_of[BIG] = [redirected(f"{other.url}/elsewhere")]
        assert content_of(add(store, server.url + MANIFEST_AT)) == CONTENT
        assert len(other.requests) == 1
    store.remove("home-voice")
    server.faults_of[BIG] = [redirected(BIG)] * 20
    with pytest.raises(UnavailableError, match="without end"):
        add(store, server.url + MANIFEST_AT)


def test_a_redirect_into_this_machine_is_refused(server: FaultyServer, store: ModelStore) -> None:
    server.faults_of[BIG] = [redirected("file:///etc/passwd")] * 3
    with pytest.raises(UnavailableError):
        add(store, server.url + MANIFEST_AT)


def test_a_server_that_is_not_there_is_told(store: ModelStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnavailableError, match="cannot be reached"):
        add(store, f"http://me:secret@127.0.0.1:{port}/manifest.json")


@pytest.mark.parametrize("change", [-1, 1, 1000])
def test_a_manifest_that_lies_about_a_size_is_refused(
    server: FaultyServer, store: ModelStore, change: int
) -> None:
    content = json.loads(server.files[MANIFEST_AT])
    file = next(each for each in content["files"] if each["path"] == "graphs/t2s.onnx")
    file["size"] += change
    server.files[MANIFEST_AT] = json.dumps(content).encode()
    with pytest.raises(UnavailableError, match="another size"):
        add(store, server.url + MANIFEST_AT)
    assert store.names() == ()


def test_an_endless_or_broken_manifest_is_refused(server: FaultyServer, store: ModelStore) -> None:
    server.faults_of[MANIFEST_AT] = [endless]
    with pytest.raises(UnavailableError, match="too big"):
        add(store, server.url + MANIFEST_AT)
    server.files[MANIFEST_AT] = b"<html>"
    with pytest.raises(ModelFileError):
        add(store, server.url + MANIFEST_AT)


def test_a_model_that_is_too_big_is_refused_before_a_byte_of_it_comes(
    server: FaultyServer, store: ModelStore
) -> None:
    with pytest.raises(ModelFileError) as refused:
        add(store, server.url + MANIFEST_AT, max_bytes=1_499_999)
    assert refused.value.reason == "too_big"
    assert "--max-gb" in str(refused.value.hint)
    with pytest.raises(UnavailableError, match="bigger"):
        add(store, f"{server.url}/pack.tar", max_bytes=1_499_999)
    assert not server.requests_for(BIG)


@pytest.mark.parametrize("path", [MANIFEST_AT, "/pack.tar"])
def test_a_disk_that_is_too_small_is_told_before_it_is_full(
    server: FaultyServer, store: ModelStore, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(disk, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(UnavailableError) as failed:
        add(store, server.url + path)
    assert failed.value.reason == "disk_full"
    assert not server.requests_for(BIG)


def test_a_name_that_is_taken_is_told_before_a_byte_comes(
    server: FaultyServer, store: ModelStore
) -> None:
    add(store, server.url + MANIFEST_AT)
    server.requests.clear()
    with pytest.raises(ModelFileError, match="already"):
        add(store, server.url + MANIFEST_AT)
    assert len(server.requests) == 1


def test_published_weights_come_with_a_manifest_made_of_what_the_hub_tells(
    hub: WeightsHub, store: ModelStore
) -> None:
    pack = add(store, f"hf:{REPOSITORY}", HF_ENDPOINT=hub.url)
    assert content_of(pack) == {
        path: data for path, data in WEIGHTS.items() if path != ".gitattributes"
    }
    manifest = pack.manifest
    assert (manifest.name, manifest.kind) == ("hf-somebody-official-weights", "files")
    assert manifest.licence == "mit"
    assert manifest.source == f"hf:{REPOSITORY}@{COMMIT}"
    store.verify(manifest.name)


@pytest.mark.parametrize(
    ("inside", "paths"),
    [
        ("v2", {"s1 final.ckpt", "s2G.pth", "config/settings.json"}),
        ("v2/", {"s1 final.ckpt", "s2G.pth", "config/settings.json"}),
        ("v2/s2G.pth", {"s2G.pth"}),
    ],
)
def test_a_folder_or_a_file_of_a_repository_is_enough(
    hub: WeightsHub, store: ModelStore, inside: str, paths: set[str]
) -> None:
    pack = add(store, f"hf:{REPOSITORY}@main/{inside}", HF_ENDPOINT=hub.url)
    assert set(content_of(pack)) == paths


def test_a_cut_in_the_storage_of_the_hub_is_gone_on_with(
    hub: WeightsHub, store: ModelStore
) -> None:
    blob = next(path for path, data in hub.storage.files.items() if len(data) == 1_500_000)
    hub.storage.faults_of[blob] = [cut_after(PLACE)]
    add(store, f"hf:{REPOSITORY}", HF_ENDPOINT=hub.url)
    assert 0 < begun_at(hub.storage, blob)[-1] <= PLACE


def test_small_files_are_verified_by_their_name_in_git(hub: WeightsHub, store: ModelStore) -> None:
    hub.faults_of[hub.file_path("README.md")] = [changed]
    with pytest.raises(UnavailableError, match="checksum"):
        add(store, f"hf:{REPOSITORY}", HF_ENDPOINT=hub.url)


@pytest.mark.parametrize("card", [None, {}, {"license": ["mit", "apache-2.0"]}])
def test_a_licence_that_is_not_told_is_unknown(
    hub: WeightsHub, store: ModelStore, card: Any
) -> None:
    hub.card = card
    manifest = add(store, f"hf:{REPOSITORY}", HF_ENDPOINT=hub.url).manifest
    assert manifest.licence == ("mit, apache-2.0" if card else "unknown")


def test_what_a_repository_does_not_have_is_told(hub: WeightsHub, store: ModelStore) -> None:
    with pytest.raises(NotFoundError):
        add(store, f"hf:{REPOSITORY}/v7", HF_ENDPOINT=hub.url)
    with pytest.raises(UnavailableError, match="HTTP 404"):
        add(store, f"hf:{REPOSITORY}@v7", HF_ENDPOINT=hub.url)


@pytest.mark.parametrize("path", ["a\\b", "V2/S2G.PTH", "manifest.json", "/absolute"])
def test_unsafe_paths_of_a_repository_are_refused(
    hub: WeightsHub, store: ModelStore, path: str
) -> None:
    hub.content[path] = b"x"
    with pytest.raises(ModelFileError) as refused:
        add(store, f"hf:{REPOSITORY}", HF_ENDPOINT=hub.url)
    assert refused.value.reason == "unsafe_pack"


def test_paths_of_a_repository_that_lead_elsewhere_are_left_out(
    hub: WeightsHub, store: ModelStore, tmp_path: Path
) -> None:
    hub.content |= {"../up": b"x", "v2/../../../up": b"x"}
    assert set(content_of(add(store, f"hf:{REPOSITORY}/v2", HF_ENDPOINT=hub.url))) == {
        "s1 final.ckpt",
        "s2G.pth",
        "config/settings.json",
    }
    assert not list(tmp_path.rglob("up"))


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"sha": "../../up"}', b"<html>", b"\xff"])
def test_nonsense_of_the_hub_is_an_error_of_ours(store: ModelStore, body: bytes) -> None:
    with serving(FaultyServer()) as server:
        server.pages[f"/api/models/{REPOSITORY}/revision/main"] = Answer(body=body)
        with pytest.raises(UnavailableError, match="understood"):
            add(store, f"hf:{REPOSITORY}", HF_ENDPOINT=server.url)


def test_sources_are_told_apart() -> None:
    assert isinstance(source_of("https://example.org/x/manifest.json?a=b"), WebPack)
    assert isinstance(source_of("https://example.org/pack%2Ezip"), WebArchive)
    repository = source_of("hf:owner/name@v1.0/sub/folder", {})
    assert isinstance(repository, Repository)
    assert repository.endpoint.url == "https://huggingface.co"
    assert (repository.revision, repository.inside) == ("v1.0", "sub/folder")


@pytest.mark.parametrize(
    "text",
    [
        "hf:",
        "hf:name",
        "hf:a/../b",
        "hf:../../x",
        "hf:a/b/../c",
        "hf:a/b@",
        "hf:a/b@../c/d",
        "ftp://x/manifest.json",
        "http://",
        "http://[/manifest.json",
        "http://x/voice",
    ],
)
def test_what_names_no_source_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        source_of(text, {})
    assert refused.value.hint


def test_a_mirror_that_is_no_address_is_refused() -> None:
    with pytest.raises(UsageError):
        source_of("hf:a/b", {"HF_ENDPOINT": "mirror"})
