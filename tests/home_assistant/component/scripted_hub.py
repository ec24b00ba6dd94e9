"""A hub that answers as the contract says, with what a test tells it, over real HTTP.

For faults and for hubs as they are never found twice; the rest is tested with the real one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

HUB_ID = "0123456789abcdef" * 2
TOKEN = "the-token-of-the-hub"
SECRET_TEXT = "Nobody but the family may read this."
WAV_HEADER = (
    b"RIFF\xff\xff\xff\xffWAVE"
    b"fmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0"
    b"data\xff\xff\xff\xff"
)
PCM = b"\1\2" * 1000
STOCK = {
    "id": "en",
    "name": "English",
    "languages": ["en", "en-us"],
    "engine": "embedded",
    "kind": "stock",
}
GERMAN = {**STOCK, "id": "de", "name": "Deutsch", "languages": ["de"]}
GRANDMA = {
    "id": "4f1c",
    "name": "Grandma Rosalind",
    "languages": ["en-gb"],
    "engine": "embedded",
    "kind": "family",
}
STATE: dict[str, Any] = {
    "hub_id": HUB_ID,
    "agent_id": "hub_agent",
    "version": "0.1.0",
    "status": "idle",
    "volume": 80,
    "quiet": False,
    "voice": None,
    "engine": "embedded",
    "language": "en",
    "rooms": [{"id": "kitchen", "speaking": False, "waiting": 0, "quiet": False}],
    "waiting": 0,
    "ttfa_ms": None,
    "next_greeting": None,
    "vault": "unlocked",
    "family_voices": 0,
    "consents_ending": 0,
    "consent_ends": None,
    "integrations": {"mqtt": True},
    "ready": True,
    "engines_missing": [],
}


class ScriptedHub:
    """Its attributes are what it says; `requests` is what it was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.hub_id = HUB_ID
        self.api = 1
        self.pairing = True
        self.token = TOKEN
        self.state = dict(STATE)
        self.voices = [STOCK, GERMAN, GRANDMA]
        self.rooms = [{"id": "kitchen", "name": "Kitchen"}, {"id": "hall", "name": "Hall"}]
        self.refusals: dict[str, tuple[int, str]] = {}
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.requests: list[tuple[str, Mapping[str, str], Any]] = []
        self.pieces: list[str] = []
        self.cut_speech = False
        self._streams: set[asyncio.Queue[bytes]] = set()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; again on the same port after `stop`."""
        self._runner = web.AppRunner(self._app(), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone, in the middle of whatever is said."""
        self.end_streams()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def num_listeners(self) -> int:
        return len(self._streams)

    def change(self, **state: Any) -> None:
        """Tell everybody that listens how things are now."""
        self.state |= state
        self.send("state", self.state)

    def send(self, event: str, data: Any) -> None:
        self.send_raw(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    def send_raw(self, data: bytes) -> None:
        for stream in self._streams:
            stream.put_nowait(data)

    def end_streams(self) -> None:
        self.send_raw(b"")

    def asked(self, path: str) -> list[tuple[Mapping[str, str], Any]]:
        return [(query, body) for each, query, body in self.requests if each == path]

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        add = app.router.add_route
        add("GET", "/api/v1/hello", self._hello)
        add("POST", "/api/v1/pair", self._pair)
        add("GET", "/api/v1/state", self._state)
        add("GET", "/api/v1/voices", self._voices)
        add("GET", "/api/v1/rooms", self._rooms)
        add("PATCH", "/api/v1/preferences", self._prefer)
        add("POST", "/api/v1/announcements", self._announce)
        add("POST", "/api/v1/stop", self._stop)
        add("POST", "/api/v1/speech", self._speech)
        add("GET", "/api/v1/events", self._events)
        add("GET", "/api/v1/diagnostics", self._diagnostics)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        path = request.path.removeprefix("/api/v1/")
        body = await request.json() if request.content_type == "application/json" else None
        self.requests.append((path, dict(request.query), body))
        known = request.headers.get("Authorization") == f"Bearer {self.token}"
        if not known and path not in ("hello", "pair"):
            return _error(401, "bad_token")
        if path in self.answers:
            status, answer = self.answers[path]
            return web.Response(status=status, body=answer)
        if path in self.refusals:
            return _error(*self.refusals[path])
        return await handler(request)

    async def _hello(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "hub_id": self.hub_id,
                "agent_id": "hub_agent",
                "name": "Hub Agent",
                "version": "0.1.0",
                "api": self.api,
                "pairing": self.pairing,
            }
        )

    async def _pair(self, _: web.Request) -> web.Response:
        if not self.pairing:
            return _error(403, "pairing_closed")
        self.pairing = False
        return web.json_response({"token": self.token})

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(self.state)

    async def _voices(self, _: web.Request) -> web.Response:
        return web.json_response({"voices": self.voices, "default": None})

    async def _rooms(self, _: web.Request) -> web.Response:
        return web.json_response({"rooms": self.rooms, "default": "kitchen"})

    async def _prefer(self, request: web.Request) -> web.Response:
        changes = await request.json()
        if "voice" in changes:
            changes["voice"] = changes["voice"] and {"id": changes["voice"], "name": ""}
        self.state |= changes
        return web.json_response(self.state)

    async def _announce(self, request: web.Request) -> web.Response:
        if "wait" not in request.query:
            return web.json_response({"id": "a1"}, status=202)
        return web.json_response({"id": "a1", "outcome": "spoken", "ttfa_ms": 42})

    async def _stop(self, _: web.Request) -> web.Response:
        return web.json_response({"stopped": 2})

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/wav"})
        await response.prepare(request)
        await response.write(WAV_HEADER)
        async for piece in request.content.iter_any():
            self.pieces.append(piece.decode())
            await response.write(PCM)
            if self.cut_speech and request.transport is not None:
                request.transport.abort()
        await response.write_eof()
        return response

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream: asyncio.Queue[bytes] = asyncio.Queue()
        self._streams.add(stream)
        data = f": hello\nevent: state\ndata: {json.dumps(self.state)}\n\n".encode()
        try:
            while data:
                await response.write(data)
                data = await stream.get()
        finally:
            self._streams.discard(stream)
        return response

    async def _diagnostics(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "0.1.0", "uptime_s": 12.5})


@asynccontextmanager
async def scripted_hub() -> AsyncIterator[ScriptedHub]:
    """Started, and stopped afterwards."""
    hub = ScriptedHub()
    await hub.start()
    try:
        yield hub
    finally:
        await hub.stop()


def _error(status: int, reason: str) -> web.Response:
    message = f"the message for {reason}"
    return web.json_response(
        {"error": {"reason": reason, "message": message, "hint": None}}, status=status
    )
