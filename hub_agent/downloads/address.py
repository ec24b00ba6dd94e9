"""Addresses whose credentials are kept apart, so that no error or log can hold them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit
from urllib.request import url2pathname

from hub_agent.errors import SettingsError

WEB: Final = ("http", "https")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password that an address came with."""

    user: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """Where something lies: `http`, `https` or `file`, without credentials and fragment.

    Only `host` is fit to be shown: paths and queries may hold tokens.
    """

    url: str = field(repr=False)
    login: Login | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """What may be told of it: the host, or that it is a folder here."""
        return urlsplit(self.url).hostname or "a local folder"

    @property
    def is_web(self) -> bool:
        """Whether it has to be fetched."""
        return urlsplit(self.url).scheme in WEB

    @property
    def path(self) -> Path:
        """The local path of a `file` address."""
        return Path(url2pathname(urlsplit(self.url).path))

    def joined(self, link: str) -> "Address":
        """What `link`, found on this page, points to; our login goes along to the same origin."""
        target = address_of(urljoin(self.url, link))
        if target.login is None and _origin(target.url) == _origin(self.url):
            return Address(target.url, self.login)
        return target

    def below(self, *names: str) -> "Address":
        """A page below this one; names are plain, the result ends in a slash."""
        parts = urlsplit(self.url)
        path = "/".join((parts.path.rstrip("/"), *names)) + "/"
        return Address(urlunsplit(parts._replace(path=path)), self.login)


def address_of(text: str) -> Address:
    """The address that `text` is: a URL of a known scheme, or a local path."""
    try:
        return _address(text.strip())
    except (ValueError, RuntimeError):  # the latter: no such user's home
        raise SettingsError(
            "an address among the package index settings cannot be understood",
            hint="pip config list",
        ) from None


def _address(text: str) -> Address:
    parts = urlsplit(text)
    if parts.scheme in WEB and parts.hostname:
        _port(parts)
        return Address(
            urlunsplit(parts._replace(netloc=_netloc(parts), fragment="")), _login(parts)
        )
    if parts.scheme == "file":
        return Address(urlunsplit(parts._replace(netloc="", fragment="")))
    if "://" in text:
        raise ValueError("unknown scheme")
    return Address(Path(text).expanduser().absolute().as_uri())


def _netloc(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _login(parts: SplitResult) -> Login | None:
    if parts.username is None:
        return None
    return Login(unquote(parts.username), unquote(parts.password or ""))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, _port(parts)


def _port(parts: SplitResult) -> int | None:
    """Raises `ValueError` for one that is no number."""
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)
