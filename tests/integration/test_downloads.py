"""Downloads from an index that cuts, stalls, lies and redirects."""

import asyncio
import hashlib
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_agent.downloads.address import address_of
from hub_agent.downloads.fetch import Wanted, WrongContentError, fetch
from hub_agent.downloads.index_settings import IndexSettings
from hub_agent.downloads.partial import PartialFile
from hub_agent.downloads.web import Patience, WebError, open_web
from hub_agent.errors import AgentBusyError, RefusedError
from tests.fakes.faulty_server import Answer, Fault, Request, redirected, serving, with_status
from tests.fakes.package_index import PackageIndex

CONTENT = random.Random(3).randbytes(3_000_000)
NAME = "thing-1.0-py3-none-any.whl"
WANTED = Wanted(filename=NAME, size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
PATIENCE = Patience(
    connect_s=5, silence_s=0.3, total_s=10, attempts=3, pause_s=0.01, most_pause_s=0.02
)
CUT = 2_000_000


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with serving(PackageIndex(NAME, CONTENT)) as index:
        yield index


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / NAME


async def get(
    index: PackageIndex,
    target: Path,
    *,
    url: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    patience: Patience = PATIENCE,
) -> None:
    source = address_of(url or f"{index.url}/files/{NAME}")
    async with open_web(IndexSettings(), patience) as web:
        await fetch(web, source, WANTED, target, progress=progress, patience=patience)


def cut(_request: Request, answer: Answer) -> Answer:
    answer.hang_up_after = CUT
    return answer


def stall(_request: Request, answer: Answer) -> Answer:
    answer.stall_after = CUT
    return answer


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def begun_at(index: PackageIndex) -> list[int]:
    """Where each request for the file wanted it to begin."""
    wanted = (request.headers.get("range", "bytes=0-") for request in index.file_requests)
    return [int(each.removeprefix("bytes=").removesuffix("-")) for each in wanted]


async def test_file_arrives_whole_and_alone(index: PackageIndex, target: Path) -> None:
    steps: list[tuple[int, int]] = []
    await get(index, target, progress=lambda done, total: steps.append((done, total)))
    assert content(target) == CONTENT
    assert names(target.parent) == [NAME]
    assert steps == sorted(steps)
    assert steps[-1] == (WANTED.size, WANTED.size)


@pytest.mark.parametrize("fault", [cut, stall])
async def test_interrupted_download_goes_on_where_it_stopped(
    index: PackageIndex, target: Path, fault: Fault
) -> None:
    index.faults = [fault]
    await get(index, target)
    assert content(target) == CONTENT
    first, second = begun_at(index)
    assert first == 0
    assert 0 < second <= CUT


async def test_next_command_goes_on_where_the_last_one_gave_up(
    index: PackageIndex, target: Path
) -> None:
    index.faults = [cut, with_status(503), with_status(500), with_status(502)]
    with pytest.raises(WebError):
        await get(index, target)
    assert content(target) is None
    await get(index, target)
    assert content(target) == CONTENT
    assert 0 < begun_at(index)[-1] <= CUT


async def test_cancelled_download_can_go_on(index: PackageIndex, target: Path) -> None:
    index.faults = [stall]
    arrived = asyncio.Event()

    def progress(done: int, _total: int) -> None:
        if done == CUT:
            arrived.set()

    download = asyncio.ensure_future(
        get(index, target, progress=progress, patience=Patience(silence_s=30))
    )
    await asyncio.wait_for(arrived.wait(), 5)
    download.cancel()
    with pytest.raises(asyncio.CancelledError):
        await download
    await get(index, target)
    assert content(target) == CONTENT
    first, second = begun_at(index)
    assert first == 0
    assert 0 < second <= CUT


async def test_file_that_changed_on_the_server_is_begun_anew(
    index: PackageIndex, target: Path
) -> None:
    def replaced(request: Request, answer: Answer) -> Answer:
        index.etag = '"newer"'
        return cut(request, answer)

    index.faults = [replaced]
    await get(index, target)
    assert content(target) == CONTENT
    assert len(index.file_requests) == 2


async def test_server_without_ranges_sends_all_of_it_again(
    index: PackageIndex, target: Path
) -> None:
    index.ranges = False
    index.faults = [cut]
    await get(index, target)
    assert content(target) == CONTENT


async def test_without_a_version_nothing_is_continued(index: PackageIndex, target: Path) -> None:
    index.etag = None
    index.faults = [cut]
    await get(index, target)
    assert content(target) == CONTENT
    assert begun_at(index) == [0, 0]


async def test_another_part_than_asked_for_is_not_mixed_in(
    index: PackageIndex, target: Path
) -> None:
    def other_part(_request: Request, _answer: Answer) -> Answer:
        return Answer(status=206, headers={"Content-Range": "bytes 5-9/3000000"}, body=b"wrong")

    index.faults = [cut, other_part]
    await get(index, target)
    assert content(target) == CONTENT


async def test_part_the_server_does_not_know_is_given_up(index: PackageIndex, target: Path) -> None:
    index.faults = [cut, with_status(416)]
    await get(index, target)
    assert content(target) == CONTENT


def changed(_request: Request, answer: Answer) -> Answer:
    answer.body = bytes([answer.body[0] ^ 1]) + answer.body[1:]
    return answer


def shorter(_request: Request, answer: Answer) -> Answer:
    answer.body = answer.body[:-1]
    return answer


def huge(_request: Request, answer: Answer) -> Answer:
    answer.headers |= {"Content-Length": str(1 << 40)}
    return answer


def endless(_request: Request, answer: Answer) -> Answer:
    """No length, and more than there should be."""
    answer.headers |= {"Content-Length": "", "Transfer-Encoding": "chunked"}
    piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    answer.body = piece * 60
    return answer


@pytest.mark.parametrize("fault", [changed, shorter, huge])
async def test_another_file_is_refused_and_nothing_of_it_stays(
    index: PackageIndex, target: Path, fault: Fault
) -> None:
    index.faults = [fault]
    with pytest.raises(WrongContentError):
        await get(index, target)
    assert len(index.file_requests) == 1
    assert content(target) is None
    assert not any(
        map(content, [target.with_name(f"{NAME}.part"), target.with_name(f"{NAME}.mark")])
    )


async def test_never_more_is_taken_than_the_file_has(index: PackageIndex, target: Path) -> None:
    index.faults = [endless]
    steps: list[int] = []
    with pytest.raises(WrongContentError, match="bigger"):
        await get(index, target, progress=lambda done, _total: steps.append(done))
    assert max(steps) <= len(CONTENT)


async def test_redirect_is_followed_without_taking_the_login_along(
    index: PackageIndex, target: Path
) -> None:
    with serving(PackageIndex(NAME, CONTENT)) as other:
        index.faults = [redirected(f"{other.url}/files/{NAME}")]
        url = index.url.replace("//", "//me:secret@") + f"/files/{NAME}"
        await get(index, target, url=url)
    assert content(target) == CONTENT
    assert index.file_requests[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in other.file_requests[0].headers


async def test_redirects_without_end_are_given_up(index: PackageIndex, target: Path) -> None:
    index.faults = [redirected(f"/files/{NAME}")] * 20
    with pytest.raises(WebError, match="without end"):
        await get(index, target)
    assert len(index.file_requests) < 10


@pytest.mark.parametrize(("status", "requests"), [(404, 1), (401, 1), (403, 1), (503, 3), (429, 3)])
async def test_only_what_may_pass_is_tried_again(
    index: PackageIndex, target: Path, status: int, requests: int
) -> None:
    index.faults = [with_status(status)] * 5
    with pytest.raises(WebError, match=f"HTTP {status}"):
        await get(index, target)
    assert len(index.file_requests) == requests


async def test_a_download_that_gets_on_is_never_given_up(index: PackageIndex, target: Path) -> None:
    def a_little(_request: Request, answer: Answer) -> Answer:
        answer.hang_up_after = 700_000
        return answer

    index.faults = [a_little] * 20
    await get(index, target)
    assert content(target) == CONTENT
    assert len(index.file_requests) > PATIENCE.attempts


async def test_server_that_is_not_there_is_an_error_of_ours(
    index: PackageIndex, target: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(WebError, match=r"127\.0\.0\.1 cannot be reached"):
        await get(index, target, url=f"http://me:secret@127.0.0.1:{port}/{NAME}")


async def test_too_slow_is_given_up_in_the_end(index: PackageIndex, target: Path) -> None:
    index.faults = [stall] * 3
    with pytest.raises(WebError, match="too slow"):
        await get(index, target, patience=Patience(silence_s=30, total_s=0.3))


async def test_two_downloads_of_one_file_do_not_mix(index: PackageIndex, target: Path) -> None:
    part = PartialFile(target)
    part.open()
    with pytest.raises(AgentBusyError, match="being downloaded already"):
        await get(index, target)
    part.close()
    await get(index, target)
    assert content(target) == CONTENT


async def test_folder_that_cannot_be_made_is_an_error_of_ours(
    index: PackageIndex, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RefusedError, match="cannot write into"):
        await get(index, tmp_path / "file" / NAME)
