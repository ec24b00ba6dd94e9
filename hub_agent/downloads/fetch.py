"""Fetching one file whose size and checksum are known beforehand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hub_agent.backoff import Backoff
from hub_agent.downloads.address import Address
from hub_agent.downloads.partial import PartialFile
from hub_agent.downloads.web import Patience, Web, WebError
from hub_agent.errors import UnavailableError

if TYPE_CHECKING:
    import aiohttp

Progress: TypeAlias = Callable[[int, int], None]
"""Told the bytes that are there and those there will be; called on the event loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A published file; nothing else is ever accepted for it."""

    filename: str
    size: int
    sha256: str


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
                await _patiently(transfer, patience)
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


async def _patiently(transfer: "_Transfer", patience: Patience) -> None:
    backoff = Backoff(patience.pause_s, patience.most_pause_s)
    failures = 0
    while True:
        before = transfer.received
        try:
            return await transfer.run()
        except WebError as error:
            if transfer.received > before:
                failures = 0
                backoff.reset()
            failures += 1
            if not error.again or failures >= patience.attempts:
                raise
        await asyncio.sleep(backoff.next_s())


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
        if await asyncio.to_thread(lambda: self._part.size) < self._wanted.size:
            raise WebError(f"{self._source.host} hung up", again=True)

    async def verify(self) -> None:
        """Compare the checksum; what is wrong is thrown away."""
        if await asyncio.to_thread(self._part.sha256) != self._wanted.sha256:
            await asyncio.to_thread(self._part.restart, None)
            raise self._wrong("its checksum is another one")

    def _usable_size(self) -> int:
        """Bytes to go on from; 0 where nobody knows what they are a part of."""
        size = self._part.size
        if size > self._wanted.size or (size and self._part.mark() is None):
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
        length = response.content_length
        if length is not None and there + length != self._wanted.size:
            await asyncio.to_thread(self._part.restart, None)
            raise self._wrong("it has another size")
        await self._pour(response, there)

    async def _pour(self, response: "aiohttp.ClientResponse", there: int) -> None:
        self._progress(there, self._wanted.size)
        async for piece in response.content.iter_any():
            there += len(piece)
            if there > self._wanted.size:
                await asyncio.to_thread(self._part.restart, None)
                raise self._wrong("it is bigger")
            await asyncio.to_thread(self._part.append, piece)
            self.received += len(piece)
            self._progress(there, self._wanted.size)

    def _wrong(self, why: str) -> WrongContentError:
        return WrongContentError(
            f"{self._source.host} gave something else than {self._wanted.filename}: {why}"
        )


def _version(response: "aiohttp.ClientResponse") -> str | None:
    """What `If-Range` may name: a strong entity tag, else when the file was changed."""
    tag = response.headers.get("ETag")
    if tag is not None and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified")


def _goes_on_from(response: "aiohttp.ClientResponse", offset: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
