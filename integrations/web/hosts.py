"""Whether a request was meant for us, and not led here by somebody's name service.

A page in a browser can make a name of its owner point to this machine (DNS rebinding), but it
cannot make an address, our own name or a name that nobody can register be another one.
"""

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

HOME_SUFFIXES: Final = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
"""Names below these are given in the home alone (RFC 6762, 6761, 8375; .internal by ICANN)."""


def host_allowed(host_header: str, configured: str) -> bool:
    """Whether the name in a Host header can only mean a machine of this home."""
    name = _without_port(host_header).lower().rstrip(".")
    if name in {configured.lower(), socket.gethostname().lower()}:
        return bool(name)
    return _is_address(name) or _is_given_at_home(name)


def origin_allowed(origin: str | None, host_header: str) -> bool:
    """Whether a request comes from no page at all, or from a page of the same host."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host_header.lower()
    except ValueError:
        return False


def _is_given_at_home(name: str) -> bool:
    letters = name.replace("-", "").replace("_", "").replace(".", "")
    if not (letters.isascii() and letters.isalnum()):
        return False
    return "." not in name or (name[0] != "." and name.endswith(HOME_SUFFIXES))


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
