"""The one place that speaks HTTP for downloads: trust, proxies, logins, time-outs."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub_agent import __version__
from hub_agent.downloads.address import Address
from hub_agent.downloads.index_settings import IndexSettings
from hub_agent.errors import SettingsError

if TYPE_CHECKING:
    import aiohttp

_MAX_REDIRECTS: Final = 5


class WebError(Exception):
    """A request that failed; `again` says whether trying again can help. Holds no address.

    `status` is what the server answered, if it did.
    """

    def __init__(self, why: str, *, again: bool, status: int | None = None) -> None:
        super().__init__(why)
        self.again = again
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for whom."""

    connect_s: float = 20.0
    silence_s: float = 30.0
    total_s: float = 3600.0
    attempts: int = 5
    """In a row without a byte more."""
    pause_s: float = 1.0
    most_pause_s: float = 30.0


class Web:
    """Gets pages and files; entered with `open_web`."""

    def __init__(self, session: "aiohttp.ClientSession", proxy: str | None) -> None:
        self._session = session
        self._proxy = proxy

    @asynccontextmanager
    async def get(
        self, address: Address, headers: Mapping[str, str]
    ) -> "AsyncIterator[aiohttp.ClientResponse]":
        """A response of status 200, 206 or 416; everything else is a `WebError`."""
        import aiohttp

        try:
            async with self._session.get(
                address.url,
                headers={"Accept-Encoding": "identity", **_login(address), **headers},
                proxy=self._proxy,
                max_redirects=_MAX_REDIRECTS,
            ) as response:
                _require_usable(response.status)
                yield response
        except TimeoutError as error:
            raise WebError(f"{address.host} does not answer in time", again=True) from error
        except aiohttp.TooManyRedirects as error:
            raise WebError(f"{address.host} redirects without end", again=False) from error
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
            raise WebError(
                f"the certificate of {address.host} is not trusted", again=False
            ) from error
        except aiohttp.InvalidURL as error:
            raise WebError("a server names an address that is none", again=False) from error
        except (aiohttp.ClientError, OSError) as error:
            raise WebError(f"{address.host} cannot be reached or hung up", again=True) from error


@asynccontextmanager
async def open_web(settings: IndexSettings, patience: Patience) -> AsyncIterator[Web]:
    """A connection pool with the user's certificates, proxies and logins."""
    import aiohttp

    context = await asyncio.to_thread(_trust, settings.authorities)
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=patience.connect_s, sock_read=patience.silence_s
    )
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context),
        timeout=timeout,
        trust_env=True,
        headers={"User-Agent": f"hub-agent/{__version__}"},
    ) as session:
        yield Web(session, settings.proxy)


def _login(address: Address) -> dict[str, str]:
    """Is left out by aiohttp where a redirect leads to another origin."""
    login = address.login
    if login is None:
        return {}
    pair = f"{login.user}:{login.password}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode('ascii')}"}


def _require_usable(status: int) -> None:
    if status in (200, 206, 416):
        return
    words = {401: "a login is needed", 403: "not permitted", 404: "not there"}
    again = status == 429 or status >= 500
    why = f"{words.get(status, 'not to be had')} (HTTP {status})"
    raise WebError(why, again=again, status=status)


def _trust(authorities: Path | None) -> ssl.SSLContext:
    try:
        if authorities is None:
            return ssl.create_default_context()
        if authorities.is_dir():
            return ssl.create_default_context(capath=authorities)
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"certificates in {authorities} cannot be used", hint="pip config get global.cert"
        ) from error
