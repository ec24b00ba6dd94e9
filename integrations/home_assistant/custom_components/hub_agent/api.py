"""The hub's HTTP API. No line of it is logged: texts, names and the token pass through here."""

import json
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from .errors import HubAgentAuthError, HubAgentBusyError, HubAgentError, HubAgentRefusedError
from .event_stream import parsed_events
from .models import Hello, HubEvent, Room, State, Voice

CLIENT_NAME: Final = "Home Assistant"
MAX_ANSWER_BYTES: Final = 1024 * 1024

_QUICK: Final = ClientTimeout(total=10)
_UNTIL_SPOKEN: Final = ClientTimeout(total=3600, sock_connect=10)
_SPEECH: Final = ClientTimeout(total=None, sock_connect=10, sock_read=90)
"""Text that grows may pause for 60 s, says the hub."""
_EVENTS: Final = ClientTimeout(total=None, sock_connect=10, sock_read=45)
"""A hub that lives sends a comment every 15 s."""


class HubAgentClient:
    """Talks to one hub. Every method raises `HubAgentError` where it cannot do what it says."""

    def __init__(
        self, session: ClientSession, host: str, port: int, token: str | None = None
    ) -> None:
        self._session = session
        self._url = URL.build(scheme="http", host=host, port=port)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def hello(self) -> Hello:
        """Who is there; needs no token."""
        return read_document(Hello.from_json, await self._json("GET", "/api/v1/hello"))

    async def pair(self) -> str:
        """A token, where the hub pairs at the moment; else `HubAgentRefusedError`."""
        document = await self._json("POST", "/api/v1/pair", body={"client": CLIENT_NAME})
        return read_document(lambda answer: str(answer["token"]), document)

    async def state(self) -> State:
        """How things are."""
        return read_document(State.from_json, await self._json("GET", "/api/v1/state"))

    async def voices(self, purpose: str) -> tuple[Voice, ...]:
        """Those that may speak for `purpose`."""
        document = await self._json("GET", "/api/v1/voices", query={"purpose": purpose})
        return read_document(lambda answer: tuple(map(Voice.from_json, answer["voices"])), document)

    async def rooms(self) -> tuple[Room, ...]:
        """All rooms, in the household's order."""
        document = await self._json("GET", "/api/v1/rooms")
        return read_document(lambda answer: tuple(map(Room.from_json, answer["rooms"])), document)

    async def prefer(self, changes: Mapping[str, object]) -> State:
        """Turn voice (None: automatic), volume (%) or quiet; how things are then."""
        document = await self._json("PATCH", "/api/v1/preferences", body=changes)
        return read_document(State.from_json, document)

    async def announce(self, announcement: Mapping[str, object], *, wait: bool) -> dict[str, Any]:
        """Speak in rooms: its id at once, or with `wait` how it ended."""
        path, query = "/api/v1/announcements", {"wait": "true"} if wait else {}
        timeout = _UNTIL_SPOKEN if wait else _QUICK
        return await self._json("POST", path, query=query, body=announcement, timeout=timeout)

    async def stop(self, rooms: Sequence[str] = ()) -> int:
        """Silence rooms (empty: all); how many announcements ended."""
        document = await self._json("POST", "/api/v1/stop", body={"rooms": [*rooms]})
        return read_document(lambda answer: int(answer["stopped"]), document)

    async def diagnostics(self) -> dict[str, Any]:
        """The hub's own report without anything personal."""
        return await self._json("GET", "/api/v1/diagnostics")

    async def speech(
        self, pieces: AsyncIterable[str], options: Mapping[str, str]
    ) -> AsyncGenerator[bytes]:
        """Sound as it is synthesised, while the text still grows."""
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        async with self._request(
            *("POST", "/api/v1/speech"),
            query=options,
            headers=headers,
            data=_encoded(pieces),
            timeout=_SPEECH,
        ) as response:
            async for chunk in response.content.iter_any():
                yield chunk

    async def events(self) -> AsyncGenerator[HubEvent]:
        """What happens from now on; ends only with `HubAgentError`."""
        async with self._request("GET", "/api/v1/events", timeout=_EVENTS) as response:
            async for event in parsed_events(response.content):
                yield event
        raise HubAgentError("the hub ended the connection")

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        timeout: ClientTimeout = _QUICK,
    ) -> dict[str, Any]:
        async with self._request(method, path, query=query, json=body, timeout=timeout) as response:
            return _object(await _body(response))

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> AsyncIterator[ClientResponse]:
        """An answer that is no refusal; never a redirect, which could lead the token astray."""
        url = self._url.joinpath(path.lstrip("/")).with_query(query)
        try:
            async with self._session.request(
                method,
                url,
                headers={**self._headers, **(headers or {})},
                allow_redirects=False,
                **options,
            ) as response:
                if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise _refusal(response.status, await _body(response))
                yield response
        except (ClientError, TimeoutError, ValueError) as error:
            raise HubAgentError("the hub cannot be reached") from error


async def _encoded(pieces: AsyncIterable[str]) -> AsyncGenerator[bytes]:
    async for piece in pieces:
        if piece:
            yield piece.encode()


async def _body(response: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise HubAgentError("the hub's answer is too large")
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise HubAgentError("the answer is not a hub's")
    return document


def read_document[T](read: Callable[[Mapping[str, Any]], T], document: Mapping[str, Any]) -> T:
    """What `read` makes of a document; `HubAgentError` where it is not what a hub sends."""
    try:
        return read(document)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise HubAgentError("the answer is not a hub's") from None


def _refusal(status: int, body: bytes) -> HubAgentError:
    try:
        error = _object(body)["error"]
        reason, message = str(error["reason"]), str(error["message"])
    except (HubAgentError, KeyError, TypeError):
        return HubAgentError("the answer is not a hub's")
    if status == HTTPStatus.UNAUTHORIZED:
        return HubAgentAuthError(message, reason)
    if status == HTTPStatus.TOO_MANY_REQUESTS or reason == "busy":
        return HubAgentBusyError(message, reason)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return HubAgentRefusedError(message, reason)
    return HubAgentError(message, reason)
