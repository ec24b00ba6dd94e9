"""Published weights on the Hugging Face hub: what its API tells of a repository.

https://huggingface.co/docs/hub/api: `…/revision/REV` names the commit, `…/tree/COMMIT` its
files. Big files (LFS) have a SHA-256, small ones only Git's name of their content.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from hub_agent.downloads.address import Address
from hub_agent.downloads.pages import Page, read_page
from hub_agent.downloads.patience import patiently
from hub_agent.downloads.web import Patience, Web, WebError
from hub_agent.errors import ModelFileError, NotFoundError
from hub_agent.models.manifest import FILES_KIND, MANIFEST, Manifest, PackFile
from hub_agent.models.plan import Plan, PublishedFile
from hub_agent.models.safe_path import SafePaths
from hub_agent.models.sources import Repository
from hub_agent.models.tree import sha256_of

_MAX_PAGE_BYTES: Final = 8 << 20
_MAX_PAGES: Final = 50
_MAX_NAME: Final = 100
_UNKNOWN: Final = "unknown"
T = TypeVar("T")


class _BigFile(BaseModel):
    oid: Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]


class _Entry(BaseModel):
    type: str
    path: str
    size: Annotated[int, Field(ge=0)] = 0
    oid: Annotated[str, Field(pattern=r"\A[0-9a-f]{40}\z")]
    lfs: _BigFile | None = None


class _Card(BaseModel):
    license: str | list[str] | None = None


class _Revision(BaseModel):
    sha: Annotated[str, Field(pattern=r"\A[0-9a-f]{40}\z")]
    card: Annotated[_Card | None, Field(alias="cardData")] = None


_REVISION: Final = TypeAdapter(_Revision)
_ENTRIES: Final = TypeAdapter(list[_Entry])


async def plan_of_repository(web: Web, repository: Repository, patience: Patience) -> Plan:
    """The files of a repository, at the commit that its revision names now.

    Raises `WebError`, `NotFoundError`, or `ModelFileError` for paths that are not safe.
    """
    root, whole = repository.endpoint.below(), f"{repository.owner}/{repository.name}"
    asked = root.joined(f"api/models/{whole}/revision/{repository.revision}")
    revision = _parsed(_REVISION, await _page(web, asked, patience))
    tree = root.joined(f"api/models/{whole}/tree/{revision.sha}?recursive=true")
    resolve = root.joined(f"{whole}/resolve/{revision.sha}/")
    entries = await _entries(web, tree, patience)
    files = tuple(
        PublishedFile(
            path=path,
            address=resolve.joined(quote(entry.path)),
            size=entry.size,
            sha256=entry.lfs.oid if entry.lfs else None,
            git_oid=None if entry.lfs else entry.oid,
        )
        for path, entry in _chosen(entries, repository).items()
    )
    return Plan(
        name=_name(repository),
        files=files,
        manifest_of=lambda folder: _manifest(folder, files, repository, revision),
    )


async def _entries(web: Web, tree: Address, patience: Patience) -> list[_Entry]:
    found: list[_Entry] = []
    for _ in range(_MAX_PAGES):
        page = await _page(web, tree, patience)
        more: list[_Entry] = _parsed(_ENTRIES, page)
        found += more
        if page.next_url is None:
            return found
        tree = tree.joined(page.next_url)
    raise WebError("the repository has too many files", again=False)


async def _page(web: Web, address: Address, patience: Patience) -> Page:
    return await patiently(lambda: read_page(web, address, {}, max_bytes=_MAX_PAGE_BYTES), patience)


def _parsed(shape: TypeAdapter[T], page: Page) -> T:
    try:
        return shape.validate_json(page.body)
    except ValidationError as error:
        raise WebError("its answer cannot be understood", again=False) from error


def _chosen(entries: list[_Entry], repository: Repository) -> dict[str, _Entry]:
    """The files that are asked for, by their path in the model."""
    inside = repository.inside or ""
    chosen: dict[str, _Entry] = {}
    for entry in entries:
        path = entry.path.rpartition("/")[2] if entry.path == inside else _below(inside, entry.path)
        if entry.type == "file" and path and not _is_hidden(path):
            chosen[path] = entry
    if not chosen:
        raise NotFoundError(
            "the repository holds no such file or folder", hint="hf:owner/name takes all of it"
        )
    _require_safe(chosen)
    return chosen


def _below(folder: str, path: str) -> str:
    """`path` seen from `folder`, empty where it is elsewhere."""
    if not folder:
        return path
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else ""


def _is_hidden(path: str) -> bool:
    """Settings of Git, not of the model."""
    return any(name.startswith(".") for name in path.split("/"))


def _require_safe(chosen: Iterable[str]) -> None:
    paths = SafePaths()
    try:
        for path in (MANIFEST, *chosen):
            paths.add(path)
    except ValueError as error:
        raise ModelFileError(
            f"the repository has a path that cannot be used: {error}",
            hint="hf:owner/name/folder takes only a part of it",
            reason="unsafe_pack",
        ) from error


def _manifest(
    folder: Path, files: tuple[PublishedFile, ...], repository: Repository, revision: _Revision
) -> Manifest:
    inside = f"/{repository.inside}" if repository.inside else ""
    return Manifest(
        name=_name(repository),
        kind=FILES_KIND,
        licence=_licence(revision.card),
        source=f"hf:{repository.owner}/{repository.name}@{revision.sha}{inside}",
        files=tuple(
            PackFile(
                path=file.path,
                size=file.size,
                sha256=file.sha256 or sha256_of(folder / file.path, lambda _: None),
            )
            for file in files
        ),
    )


def _licence(card: _Card | None) -> str:
    told = card.license if card else None
    text = ", ".join(told) if isinstance(told, list) else told or ""
    return text if text.isprintable() and 0 < len(text) <= _MAX_NAME else _UNKNOWN


def _name(repository: Repository) -> str:
    """A name for the store, the same for all revisions."""
    whole = "-".join(filter(None, ("hf", repository.owner, repository.name, repository.inside)))
    name = re.sub(r"[^a-z0-9.]+", "-", whole.lower()).strip("-.")
    if len(name) <= _MAX_NAME:
        return name
    return f"{name[: _MAX_NAME - 9]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
