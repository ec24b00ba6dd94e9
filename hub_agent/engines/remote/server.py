"""A speech server: its address, who it must be, and a connection to it that may be trusted."""

import http.client
import ipaddress
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hub_agent.errors import RefusedError
from hub_agent.settings.engines import GptSovitsServerSettings
from hub_agent.settings.secret_file import read_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to ask, with what in the header, and how long to wait for a connection."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: Path | None = None
    plain_http_anywhere: bool = False
    connect_s: float

    @property
    def path(self) -> str:
        """What stands before the paths of the interface, where it is behind a proxy."""
        return urlsplit(self.url).path

    def connection(self) -> http.client.HTTPConnection:
        """Not yet connected."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port or 80, timeout=self.connect_s)
        context = ssl.create_default_context(cafile=self.ca_file)
        return http.client.HTTPSConnection(
            host, parts.port or 443, timeout=self.connect_s, context=context
        )

    def require_trusted(self, opened: socket.socket) -> None:
        """Nothing is sent in the clear outside the home; judged by whom the name has led to."""
        if urlsplit(self.url).scheme == "https" or self.plain_http_anywhere:
            return
        if is_outside(str(opened.getpeername()[0])):
            raise RefusedError(
                "the speech server is outside the home, and http:// can be read on the way",
                hint="give it an https:// address, then hub-agent config check",
                reason="server_in_the_clear",
            )


def server_of(settings: GptSovitsServerSettings, url: str) -> Server:
    """The server of the settings. Raises `SettingsError` for a token that cannot be read."""
    token = read_secret(settings.token, settings.token_file, env=os.environ)
    bearer = "Bearer " if settings.token_header.lower() == "authorization" else ""
    return Server(
        url=url,
        headers={} if token is None else {settings.token_header: bearer + token},
        ca_file=settings.ca_file,
        plain_http_anywhere=settings.plain_http_anywhere,
        connect_s=settings.connect_s,
    )


def is_outside(address: str) -> bool:
    """Whether an IP address is anybody's: neither this machine, nor the home, nor a tunnel's."""
    peer = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(peer, "ipv4_mapped", None) or peer
    return bool(mapped.is_global)
