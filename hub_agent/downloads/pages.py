"""Small texts from the web, read whole."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub_agent.downloads.address import Address
from hub_agent.downloads.web import Web, WebError

_PAGE_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came: `url` after all redirects, `next_url` of a list that goes on elsewhere."""

    body: bytes
    url: str
    content_type: str
    next_url: str | None


async def read_page(
    web: Web, address: Address, headers: Mapping[str, str], *, max_bytes: int
) -> Page:
    """A page of at most `max_bytes`; one attempt."""
    try:
        async with asyncio.timeout(_PAGE_S), web.get(address, headers) as response:
            following = response.links.get("next")
            return Page(
                body=await _bounded(response.content.iter_any(), max_bytes),
                url=str(response.url),
                content_type=response.content_type,
                next_url=None if following is None else str(following["url"]),
            )
    except TimeoutError as error:
        raise WebError("too slow", again=False) from error


async def _bounded(pieces: AsyncIterator[bytes], max_bytes: int) -> bytes:
    page = bytearray()
    async for piece in pieces:
        page += piece
        if len(page) > max_bytes:
            raise WebError("its page is too big", again=False)
    return bytes(page)
