"""The WebSocket API of Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

ANSWER_TIMEOUT_S = 30.0


class CommandError(RuntimeError):
    """A command that Home Assistant refused; `code` is its word for why."""

    def __init__(self, kind: str, error: dict[str, Any]) -> None:
        super().__init__(f"{kind}: {error.get('code')}: {error.get('message')}")
        self.code = str(error.get("code"))


class WebSocket:
    """An authenticated connection. One command is under way at a time; events wait their turn."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._received: asyncio.Queue[Any] = asyncio.Queue()
        self._number = 0
        self._events: dict[int, list[Any]] = {}

    async def receive(self) -> None:
        """Receive until Home Assistant closes: one that is stopped waits until we notice."""
        async for message in self._socket:
            self._received.put_nowait(message.json())

    async def command(self, kind: str, **fields: Any) -> Any:
        """The result of a command; `CommandError` when it is refused."""
        return await self._result(await self._send(kind, fields), kind)

    async def subscribe(self, kind: str, **fields: Any) -> int:
        """The number under which the events of a subscription come."""
        number = await self._send(kind, fields)
        self._events[number] = []
        await self._result(number, kind)
        return number

    async def event(
        self,
        subscription: int,
        wanted: Callable[[Any], bool] = lambda _event: True,
        *,
        within_s: float = ANSWER_TIMEOUT_S,
    ) -> Any:
        """The next event that is wanted; those before it are dropped."""
        waiting = self._events[subscription]
        async with asyncio.timeout(within_s):
            while True:
                while waiting:
                    event = waiting.pop(0)
                    if wanted(event):
                        return event
                self._keep_event(await self._received.get())

    async def _send(self, kind: str, fields: dict[str, Any]) -> int:
        self._number += 1
        await self._socket.send_json({"id": self._number, "type": kind, **fields})
        return self._number

    async def _result(self, number: int, kind: str) -> Any:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while True:
                message = await self._received.get()
                if message["type"] == "result" and message["id"] == number:
                    if not message["success"]:
                        raise CommandError(kind, message["error"])
                    return message["result"]
                self._keep_event(message)

    def _keep_event(self, message: dict[str, Any]) -> None:
        if message["type"] == "event" and message["id"] in self._events:
            self._events[message["id"]].append(message["event"])


@asynccontextmanager
async def websocket(
    session: aiohttp.ClientSession, url: str, token: str
) -> AsyncIterator[WebSocket]:
    """Connect and authenticate."""
    async with session.ws_connect(f"{url}/api/websocket", max_msg_size=0) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            raise CommandError("auth", {"code": answer["type"], "message": answer.get("message")})
        connection = WebSocket(socket)
        receiving = asyncio.create_task(connection.receive())
        try:
            yield connection
        finally:
            receiving.cancel()
