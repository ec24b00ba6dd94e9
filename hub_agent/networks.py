"""Who may connect to what listens: whole networks, by default those of a home."""

from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final, TypeAlias

from annotated_types import MaxLen
from pydantic import AfterValidator

from hub_agent.settings.base import Expected, wrong


def _network(written: str) -> str:
    """In its usual spelling; an interface (`%eth0`) has no place in it."""
    try:
        if "%" not in written:
            return str(ip_network(written, strict=False))
    except ValueError:
        pass
    raise wrong("is no network", suggestion="for example 192.168.1.0/24")


NetworkName = Annotated[str, AfterValidator(_network), Expected("a network like 192.168.1.0/24")]
Networks: TypeAlias = Annotated[tuple[NetworkName, ...], MaxLen(64)]
"""A field of a section: networks in CIDR notation; a single address is a network of one."""

HOME_NETWORKS: Final[Networks] = (
    "127.0.0.0/8",
    "::1/128",
    "169.254.0.0/16",
    "fe80::/10",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
)
"""This machine, link-local (RFC 3927, RFC 4291), private (RFC 1918) and unique local (RFC 4193)."""


def permitted(address: str, networks: Sequence[str]) -> bool:
    """Whether a peer's address lies in one of the networks; what is no address does not.

    An IPv4 peer of a socket for both families counts by its IPv4 address.
    """
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        peer = peer.ipv4_mapped
    return any(peer in _parsed(network) for network in networks)


@cache
def _parsed(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)
