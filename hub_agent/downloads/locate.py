"""Finding a published file where the user's package settings point."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub_agent.downloads.address import Address
from hub_agent.downloads.fetch import Wanted
from hub_agent.downloads.index_settings import IndexSettings
from hub_agent.downloads.pages import read_page
from hub_agent.downloads.simple_index import ACCEPT, find_link, links_in, normalised
from hub_agent.downloads.web import Web, WebError
from hub_agent.errors import SettingsError

_MAX_PAGE_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Missed:
    """A place where the file is not, and why."""

    why: str


async def locate(
    web: Web, settings: IndexSettings, project: str, wanted: Wanted
) -> AsyncGenerator[Address | Missed, None]:
    """Where the file is, best place first: local folders, pages of links, indexes.

    A `file` address has been verified; what the web gives still has to be.
    """
    pages = [(page, page) for page in settings.links]
    pages += [(index, index.below(normalised(project))) for index in settings.indexes]
    for place, page in pages:
        try:
            found = await _on(web, page, wanted)
        except WebError as error:
            yield Missed(f"{place.host}: {error}")
            continue
        if found is None or (not found.is_web and not await _is_right(found.path, wanted)):
            yield Missed(f"{place.host}: not there")
        else:
            yield found


async def _on(web: Web, page: Address, wanted: Wanted) -> Address | None:
    if not page.is_web:
        return await asyncio.to_thread(_on_disk, page, wanted)
    found = await read_page(web, page, {"Accept": ACCEPT}, max_bytes=_MAX_PAGE_BYTES)
    text = found.body.decode("utf-8", "replace")
    is_json = found.content_type.endswith("json")
    return await asyncio.to_thread(_linked, page.joined(found.url), text, wanted, is_json=is_json)


def _on_disk(page: Address, wanted: Wanted) -> Address | None:
    path = page.path
    if path.is_dir():
        file = path / wanted.filename
        if file.is_file():
            return Address(file.absolute().as_uri())
        page, path = page.below(), path / "index.html"
    try:
        with path.open("rb") as opened:
            text = opened.read(_MAX_PAGE_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    return _linked(page, text, wanted, is_json=False)


def _linked(page: Address, text: str, wanted: Wanted, *, is_json: bool) -> Address | None:
    link = find_link(links_in(text, is_json=is_json), wanted.filename)
    if link is None or link.sha256 not in (None, wanted.sha256):
        return None
    try:
        target = page.joined(link.target)
    except SettingsError:
        return None
    return target if target.is_web or not page.is_web else None


async def _is_right(path: Path, wanted: Wanted) -> bool:
    return await asyncio.to_thread(_has_checksum, path, wanted)


def _has_checksum(path: Path, wanted: Wanted) -> bool:
    try:
        if path.stat().st_size != wanted.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256
    except OSError:
        return False
