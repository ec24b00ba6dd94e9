"""The REST API of Home Assistant."""

from collections.abc import Mapping
from typing import Any

import aiohttp


class AnswerError(RuntimeError):
    """An answer that is no success: its status and what it said."""

    def __init__(self, path: str, status: int, body: str) -> None:
        super().__init__(f"{path} was answered {status}: {body[:2000]}")
        self.status = status
        self.body = body


class Rest:
    """Requests with a token to one Home Assistant; answers are JSON."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None = None) -> None:
        self.session = session
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str) -> Any:
        """What is there."""
        return await self._json("GET", path)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer to JSON."""
        return await self._json("POST", path, json=body or {})

    async def submit(self, path: str, form: Mapping[str, str]) -> Any:
        """The answer to an HTML form."""
        return await self._json("POST", path, data=form)

    async def delete(self, path: str) -> Any:
        """The answer to a removal."""
        return await self._json("DELETE", path)

    async def _json(self, method: str, path: str, **options: Any) -> Any:
        address = f"{self.url}{path}"
        async with self.session.request(
            method, address, headers=self._headers, **options
        ) as answer:
            if not answer.ok:
                raise AnswerError(path, answer.status, await answer.text())
            return await answer.json()
