"""What others on the network are told about the services here."""

import asyncio
from collections.abc import Sequence
from typing import Final, TypeAlias

import structlog
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from hub_agent.exchange import NetworkService
from integrations.mdns.addresses import reachable

log = structlog.get_logger(__name__)

DOMAIN: Final = "local."

Shown: TypeAlias = tuple[str, int, tuple[str, ...], tuple[tuple[str, str], ...]]
"""A service's type, port, addresses and properties, as they are told."""


class Announcer:
    """Announces under one instance name and one host name, on one set of addresses at a time."""

    def __init__(self, instance: str, host: str) -> None:
        self._instance = instance
        self._host = host
        self._addresses: tuple[str, ...] = ()
        self._zeroconf: AsyncZeroconf | None = None
        self._shown: dict[Shown, AsyncServiceInfo] = {}

    async def show(self, services: Sequence[NetworkService], addresses: tuple[str, ...]) -> None:
        """Announce those services that can be reached there, and withdraw all others."""
        if addresses != self._addresses:
            await self.close()
            self._open(addresses)
        if self._zeroconf is None:
            return
        wanted = {_shown(service, addresses) for service in services}
        wanted = {shown for shown in wanted if shown[2]}
        gone, new = self._shown.keys() - wanted, wanted - self._shown.keys()
        await asyncio.gather(*(self._withdraw(self._zeroconf, shown) for shown in gone))
        await asyncio.gather(*(self._announce(self._zeroconf, shown) for shown in new))

    async def close(self) -> None:
        """Say goodbye."""
        zeroconf, self._zeroconf = self._zeroconf, None
        self._shown, self._addresses = {}, ()
        if zeroconf is not None:
            await zeroconf.async_close()

    def _open(self, addresses: tuple[str, ...]) -> None:
        """Without IPv4 there is no announcement; IPv6 addresses are told over IPv4 too."""
        interfaces = [address for address in addresses if ":" not in address]
        if interfaces:
            self._zeroconf = AsyncZeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
        self._addresses = addresses

    async def _announce(self, zeroconf: AsyncZeroconf, shown: Shown) -> None:
        kind, port, addresses, properties = shown
        info = AsyncServiceInfo(
            f"{kind}.{DOMAIN}",
            f"{self._instance}.{kind}.{DOMAIN}",
            parsed_addresses=list(addresses),
            port=port,
            properties=dict(properties),
            server=f"{self._host}.{DOMAIN}",
        )
        self._shown[shown] = info
        await (await zeroconf.async_register_service(info, allow_name_change=True))
        log.info("announced on the network", service=kind, port=port)

    async def _withdraw(self, zeroconf: AsyncZeroconf, shown: Shown) -> None:
        await (await zeroconf.async_unregister_service(self._shown.pop(shown)))
        log.info("withdrawn from the network", service=shown[0], port=shown[1])


def _shown(service: NetworkService, addresses: tuple[str, ...]) -> Shown:
    return (
        service.type,
        service.port,
        reachable(service.host, addresses),
        tuple(sorted(service.properties.items())),
    )
