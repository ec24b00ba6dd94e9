"""What every request must pass: the right network, the right host, the token."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from hub_agent.access import Access
from hub_agent.errors import HubAgentError, RefusedError
from hub_agent.networks import permitted
from integrations.web.answers import broken_answer, error_answer, http_error_answer
from integrations.web.hosts import host_allowed, origin_allowed
from integrations.web.places import Places
from integrations.web.settings import WebSettings
from integrations.web.tries import Tries
from voices.errors import VoicesError

log = structlog.get_logger(__name__)

PAIRING_PAGE: Final = "/api/v1/pair"
"""The open page that waits for what is sent to it; whoever does that slowly keeps no place."""
OPEN_PAGES: Final = frozenset(
    {"/healthz", "/readyz", "/api/v1/hello", PAIRING_PAGE, "/speech/{name}"}
)
"""Need no token; the last one has a secret of its own."""
OPEN_ON_THIS_MACHINE: Final = frozenset({"/metrics"})
_SCHEME: Final = "Bearer "

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """The middleware of the server."""

    def __init__(self, settings: WebSettings, access: Access, tries: Tries, places: Places) -> None:
        self._settings = settings
        self._access = access
        self._tries = tries
        self._places = places

    def middleware(self) -> Middleware:
        """As the HTTP library wants it."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await self._answer(request, handler)
            if not response.prepared:
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Cache-Control"] = "no-store"
            return response

        return guard

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._require_home(request)
            await self._require_token(request)
            if _page(request) == PAIRING_PAGE:
                return await handler(request)
            with self._places.held_by(request):
                return await handler(request)
        except web.HTTPException as error:
            return http_error_answer(error)
        except (HubAgentError, VoicesError) as error:
            return error_answer(error)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - a request handler: the server must live on
            log.error("request broke", page=_page(request), error=type(error).__name__)
            return broken_answer()

    def _require_home(self, request: web.Request) -> None:
        if not permitted(request.remote or "", self._settings.networks):
            raise RefusedError(
                "requests from this network are refused",
                hint="name it in web.networks",
                reason="not_from_here",
            )
        host = request.headers.get("Host", "")
        if not host_allowed(host, self._settings.host):
            raise RefusedError(
                "the agent does not know this host name",
                hint="use the address of the hub, or make its name web.host",
                reason="wrong_host",
            )
        if not origin_allowed(request.headers.get("Origin"), host):
            raise RefusedError("pages of other hosts may not ask", reason="foreign_page")

    async def _require_token(self, request: web.Request) -> None:
        if _is_open(request):
            return
        if self._access.admits(shown_token(request)):
            return
        await self._tries.failed(request.remote or "")
        raise RefusedError(
            "the token is missing or wrong", hint="hub-agent token", reason="bad_token"
        )


def shown_token(request: web.Request) -> str:
    """What a request shows as its token; empty where it shows none."""
    shown = request.headers.get("Authorization", "")
    return shown.removeprefix(_SCHEME) if shown.startswith(_SCHEME) else ""


def _is_open(request: web.Request) -> bool:
    page = _page(request)
    if page in OPEN_PAGES:
        return True
    return page in OPEN_ON_THIS_MACHINE and ip_address(request.remote or "0.0.0.0").is_loopback  # noqa: S104 - no address is none of ours


def _page(request: web.Request) -> str:
    """The pattern of the page, never the path itself: that may hold a secret."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical
