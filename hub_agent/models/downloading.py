"""Downloading what is published on the web, into a folder in which a model is put together."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from hub_agent.downloads.address import Address
from hub_agent.downloads.disk import require_room
from hub_agent.downloads.fetch import Progress, Wanted, fetch
from hub_agent.downloads.index_settings import read_index_settings
from hub_agent.downloads.web import Patience, Web, WebError, open_web
from hub_agent.errors import UnavailableError
from hub_agent.models.hugging_face import plan_of_repository
from hub_agent.models.plan import Plan, PublishedFile
from hub_agent.models.sources import Repository, WebPack
from hub_agent.models.web_pack import plan_of_web_pack

PATIENCE: Final = Patience(total_s=24 * 3600.0, attempts=8)
"""Big files take long on a slow line; who sends nothing is still given up soon."""
_ARRIVING: Final = "arriving"
_FILES: Final = "files"
_HINTS: Final = {
    401: "is the name right? models that need a login have to be downloaded by hand",
    403: "is the name right? models that need a login have to be downloaded by hand",
    404: "look whether the address is right: hub-agent models add --help",
}
_GO_ON: Final = "type the same again: it goes on where it stopped"


async def plan_of(source: WebPack | Repository, env: Mapping[str, str], patience: Patience) -> Plan:
    """What would be downloaded; raises `UnavailableError` or `ModelFileError`."""
    async with _web(env, patience) as web:
        match source:
            case WebPack():
                return await plan_of_web_pack(web, source.manifest, patience)
            case Repository():
                return await plan_of_repository(web, source, patience)


async def download_files(
    plan: Plan, folder: Path, progress: Progress, env: Mapping[str, str], patience: Patience
) -> Path:
    """The folder below `folder` in which all files of the plan are; goes on with what is there."""
    files = folder / _FILES
    missing = await asyncio.to_thread(_missing, plan, files)
    done = plan.size - sum(file.size for file in missing)
    await asyncio.to_thread(require_room, folder, plan.size - _size(folder))
    async with _web(env, patience) as web:
        for file in missing:
            arrived = folder / _ARRIVING / file.checksum
            await fetch(
                web,
                file.address,
                Wanted(
                    filename=file.path, size=file.size, sha256=file.sha256, git_oid=file.git_oid
                ),
                arrived,
                progress=partial(_shifted, progress, done, plan.size),
                patience=patience,
            )
            await asyncio.to_thread(_move, arrived, files / file.path)
            done += file.size
    return files


async def download_archive(
    address: Address,
    folder: Path,
    max_bytes: int,
    progress: Progress,
    env: Mapping[str, str],
    patience: Patience,
) -> Path:
    """The archive below `folder`; of its content nothing is known yet."""
    target = folder / "archive"
    if not await asyncio.to_thread(target.exists):
        wanted = Wanted(filename="an archive", max_bytes=max_bytes)
        async with _web(env, patience) as web:
            await fetch(web, address, wanted, target, progress=progress, patience=patience)
    return target


@asynccontextmanager
async def _web(env: Mapping[str, str], patience: Patience) -> AsyncIterator[Web]:
    """With the certificates and proxies of the user; errors of the web become ours."""
    settings = await asyncio.to_thread(read_index_settings, env)
    try:
        async with open_web(settings, patience) as web:
            yield web
    except WebError as error:
        raise UnavailableError(
            f"the model cannot be downloaded: {error}",
            hint=_HINTS.get(error.status or 0, _GO_ON),
            reason="download_failed",
        ) from error


def _shifted(progress: Progress, begun: int, whole: int, done: int, _of_file: int) -> None:
    progress(begun + done, whole)


def _missing(plan: Plan, files: Path) -> list[PublishedFile]:
    """Whatever is there by name was verified when it came, and is again when it is installed."""
    return [file for file in plan.files if not (files / file.path).is_file()]


def _size(folder: Path) -> int:
    return sum(
        Path(root, name).stat().st_size for root, _, names in os.walk(folder) for name in names
    )


def _move(arrived: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    arrived.replace(target)
