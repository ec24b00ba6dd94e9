"""Fetching one file, verified by what is known of it beforehand."""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hub_agent.downloads.address import Address
from hub_agent.downloads.partial import PartialFile
from hub_agent.downloads.patience import patiently
from hub_agent.downloads.web import Patience, Web, WebError
from hub_agent.errors import UnavailableError

if TYPE_CHECKING:
    import aiohttp

Progress: TypeAlias = Callable[[int, int], None]
"""Told the bytes that are there and those there will be (0: nobody knows yet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A published file; nothing that contradicts this is ever accepted for it."""

    filename: str
    size: int | None = None
    sha256: str | None = None
    git_oid: str | None = None
    """Git's name of the content, for files whose publisher tells no other checksum."""
    max_bytes: int | None = None
    """Most that is taken, where the size is not known."""

    @property
    def most_bytes(self) -> int:
        """What is taken of it at most."""
        known = (most for most in (self.size, self.max_bytes) if most is not None)
        return next(known, sys.maxsize)


class WrongContentError(UnavailableError):
    """What a server gave is not the published file."""

    reason = "wrong_file"
    retry = False


async def fetch(
    web: Web,
    source: Address,
    wanted: Wanted,
    target: Path,
    *,
    progress: Progress,
    patience: Patience,
) -> None:
    """Download `wanted` to `target`, going on where an earlier try stopped.

    Raises `WebError` when patience is over, `WrongContentError` for another file; `target`
    appears only when all of it is there and its checksum is right.
    """
    async with _opened(target) as part:
        transfer = _Transfer(web, source, wanted, part, progress)
        try:
            async with asyncio.timeout(patience.total_s):
                await patiently(transfer.run, patience, received=lambda: transfer.received)
        except TimeoutError as error:
            raise WebError(f"{source.host} is too slow", again=False) from error
        await transfer.verify()
        await asyncio.to_thread(part.finish)


@asynccontextmanager
async def _opened(target: Path) -> AsyncIterator[PartialFile]:
    part = PartialFile(target)
    await asyncio.to_thread(part.open)
    try:
        yield part
    finally:
        part.close()


class _Transfer:
    """The attempts to get one file; `received` counts what came in all of them."""

    def __init__(
        self, web: Web, source: Address, wanted: Wanted, part: PartialFile, progress: Progress
    ) -> None:
        self._web = web
        self._source = source
        self._wanted = wanted
        self._part = part
        self._progress = progress
        self.received = 0

    async def run(self) -> None:
        """One attempt; returns when all bytes are there."""
        there = await asyncio.to_thread(self._usable_size)
        if there == self._wanted.size:
            return
        async with self._web.get(self._source, await asyncio.to_thread(self._headers)) as response:
            await self._take(response)
        if await asyncio.to_thread(lambda: self._part.size) < (self._wanted.size or 0):
            raise WebError(f"{self._source.host} hung up", again=True)

    async def verify(self) -> None:
        """Compare the checksum; what is wrong is thrown away."""
        if not await asyncio.to_thread(self._is_right):
            raise await self._refused("its checksum is another one")

    def _is_right(self) -> bool:
        wanted, part = self._wanted, self._part
        git = hashlib.sha1(b"blob %d\0" % part.size, usedforsecurity=False)
        return (wanted.sha256 is None or part.hexdigest(hashlib.sha256()) == wanted.sha256) and (
            wanted.git_oid is None or part.hexdigest(git) == wanted.git_oid
        )

    def _usable_size(self) -> int:
        """Bytes to go on from; 0 where nobody knows what they are a part of."""
        size = self._part.size
        if size > self._wanted.most_bytes or (size and self._part.mark() is None):
            self._part.restart(None)
            return 0
        return size

    def _headers(self) -> dict[str, str]:
        size, mark = self._part.size, self._part.mark()
        return {"Range": f"bytes={size}-", "If-Range": mark} if size and mark else {}

    async def _take(self, response: "aiohttp.ClientResponse") -> None:
        there = await asyncio.to_thread(lambda: self._part.size)
        if response.status != 206:
            await asyncio.to_thread(self._part.restart, _version(response))
            there = 0
        if response.status == 416:
            raise WebError("the server does not know this part", again=True)
        if response.status == 206 and not _goes_on_from(response, there):
            await asyncio.to_thread(self._part.restart, None)
            raise WebError("the server sent another part", again=True)
        whole = await self._announced(response, there)
        await self._pour(response, there, whole)

    async def _announced(self, response: "aiohttp.ClientResponse", there: int) -> int:
        """The size the file will have, 0 where the server does not say; or it is refused."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise await self._refused("it is sent in another encoding")
        length = response.content_length
        if length is None:
            return self._wanted.size or 0
        if self._wanted.size not in (None, there + length):
            raise await self._refused("it has another size")
        if there + length > self._wanted.most_bytes:
            raise await self._refused("it is bigger")
        await asyncio.to_thread(self._part.require_room, length)
        return there + length

    async def _pour(self, response: "aiohttp.ClientResponse", there: int, whole: int) -> None:
        self._progress(there, whole)
        async for piece in response.content.iter_any():
            there += len(piece)
            if there > self._wanted.most_bytes:
                raise await self._refused("it is bigger")
            await asyncio.to_thread(self._part.append, piece)
            self.received += len(piece)
            self._progress(there, whole)

    async def _refused(self, why: str) -> WrongContentError:
        await asyncio.to_thread(self._part.restart, None)
        return WrongContentError(
            f"{self._source.host} gave something else than {self._wanted.filename}: {why}",
            hint="nothing of it was kept; try another source, or again when it is repaired there",
        )


def _version(response: "aiohttp.ClientResponse") -> str | None:
    """What `If-Range` may name: a strong entity tag, else when the file was changed."""
    tag = response.headers.get("ETag")
    if tag is not None and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified")


def _goes_on_from(response: "aiohttp.ClientResponse", offset: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
