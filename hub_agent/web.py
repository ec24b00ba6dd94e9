"""Health and metrics over HTTP, for the machine itself unless the settings say otherwise."""

import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, Self

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from hub_agent.announcement import AnnouncementEvent
from hub_agent.errors import UnavailableError
from hub_agent.metrics import Metrics
from hub_agent.settings.models import WebSettings

log = structlog.get_logger(__name__)

SHUTDOWN_TIMEOUT_S: Final = 0.5
MAX_REQUEST_BYTES: Final = 16 * 1024
STUCK_AFTER_S: Final = 30.0
"""A room that is at rest begins what waits within milliseconds."""
LONGEST_SPEECH_S: Final = 3600.0
"""The longest announcement at the slowest rate is over before."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Observed(Protocol):
    """What the web pages report on."""

    def ready(self) -> bool:
        """Whether everything that was configured works now."""
        ...

    def health(self) -> Mapping[str, Any]:
        """A small report without personal data."""
        ...

    def listen(self, listener: Callable[[AnnouncementEvent], None]) -> Callable[[], None]:
        """Subscribe to events; the returned function unsubscribes."""
        ...


class WebServer:
    """Serves `/healthz`, `/readyz` and `/metrics` while entered."""

    def __init__(self, agent: Observed, settings: WebSettings) -> None:
        self._agent = agent
        self._settings = settings
        self._metrics = Metrics(CollectorRegistry(), agent.health)
        self._stuck = StuckRooms()
        self._unsubscribe: Callable[[], None] | None = None
        self._runner: web.AppRunner | None = None
        self.port = settings.port

    async def __aenter__(self) -> Self:
        """Listen; an address that cannot be had is an `UnavailableError`."""
        self._runner = web.AppRunner(
            self._app(), handle_signals=False, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S
        )
        await self._runner.setup()
        try:
            await self._start(self._runner)
        except OSError as error:
            await self._runner.cleanup()
            raise _not_free(self._settings, error) from error
        self._unsubscribe = self._agent.listen(self._metrics.listen)
        log.info("web ready", host=self._settings.host, port=self.port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop listening."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _start(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, self._settings.host, self._settings.port)
        await site.start()
        self.port = int(runner.addresses[0][1])

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[_guard(self._settings.host)], client_max_size=MAX_REQUEST_BYTES
        )
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._render_metrics)
        return app

    async def _healthz(self, _request: web.Request) -> web.Response:
        """That this answers shows that the loop turns; what remains are stuck rooms."""
        stuck = self._stuck.among(self._agent.health(), time.monotonic())
        return _report(ok=not stuck, body={"stuck_rooms": stuck})

    async def _readyz(self, _request: web.Request) -> web.Response:
        integrations = self._agent.health().get("integrations", {})
        return _report(ok=self._agent.ready(), body={"integrations": integrations})

    async def _render_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.render(), headers={"Content-Type": self._metrics.content_type}
        )


class StuckRooms:
    """Remembers since when something waits in a room that does not speak."""

    def __init__(self) -> None:
        self._waiting_since: dict[str, float] = {}

    def among(self, health: Mapping[str, Any], now: float) -> list[str]:
        """Rooms that speak without end, or have not begun what waits there for long."""
        rooms: Mapping[str, Any] = health.get("rooms", {})
        for room, report in rooms.items():
            if report.get("waiting") and not report.get("speaking"):
                self._waiting_since.setdefault(room, now)
            else:
                self._waiting_since.pop(room, None)
        idle = {room for room, since in self._waiting_since.items() if now - since > STUCK_AFTER_S}
        endless = {
            room
            for room, report in rooms.items()
            if (report.get("speaking_for_s") or 0.0) > LONGEST_SPEECH_S
        }
        return sorted(idle | endless)


def host_allowed(host_header: str, configured: str) -> bool:
    """Whether a request was meant for us, and not led here by somebody's name service.

    A page in a browser can make any name point to this machine, but it cannot make an address or
    our own name be another one.
    """
    name = _without_port(host_header).lower().rstrip(".")
    own = socket.gethostname().lower()
    return name in {"localhost", configured.lower(), own, f"{own}.local"} or _is_address(name)


def _guard(configured: str) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not host_allowed(request.headers.get("Host", ""), configured):
            return web.json_response({"error": "unknown host"}, status=421)
        response = await handler(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return guard


def _without_port(host_header: str) -> str:
    if host_header.startswith("["):
        return host_header[1:].partition("]")[0]
    return host_header.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _report(*, ok: bool, body: Mapping[str, Any]) -> web.Response:
    return web.json_response({"ok": ok, **body}, status=200 if ok else 503)


def _not_free(settings: WebSettings, error: OSError) -> UnavailableError:
    why = (error.strerror or "unknown reason").lower()
    return UnavailableError(
        f"cannot serve the web pages on {settings.host} port {settings.port}: {why}",
        hint="choose another port: HUB_AGENT__WEB__PORT=8732 hub-agent run",
        reason="port_unavailable",
    )
