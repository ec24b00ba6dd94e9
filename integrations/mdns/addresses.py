"""Addresses of this machine at which others in the home can reach it."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import ifaddr

_NOT_THE_HOME: Final = re.compile(
    r"docker\d*|br-[0-9a-f]{12}|hassio|podman\d*|cni\S*|virbr\d+|lx[cd]br\d+|(tailscale|tun|wg)\d+"
)
"""Interfaces to containers, virtual machines and tunnels: from there, nobody finds us this way."""

_ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 - compared, not bound
_ANY_IPV6: Final = "::"


def home_addresses() -> tuple[str, ...]:
    """Those of the interfaces to the home, IPv4 before IPv6; not for the event loop."""
    found = sorted(set(_addresses()), key=lambda address: (":" in address, address))
    return tuple(found)


def reachable(host: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """Those of `addresses` at which something bound to `host` can be reached."""
    if host == _ANY_IPV4:
        return tuple(address for address in addresses if ":" not in address)
    if host == _ANY_IPV6:
        return tuple(address for address in addresses if ":" in address)
    return tuple(address for address in addresses if address == host)


def _addresses() -> Iterator[str]:
    for adapter in ifaddr.get_adapters():
        if _NOT_THE_HOME.fullmatch(adapter.nice_name):
            continue
        for each in adapter.ips:
            address = ip_address(each.ip if isinstance(each.ip, str) else each.ip[0])
            if _leads_here(address):
                yield str(address)


def _leads_here(address: IPv4Address | IPv6Address) -> bool:
    """An IPv6 address of one link says nothing without the link."""
    return not (address.is_loopback or (address.version == 6 and address.is_link_local))
