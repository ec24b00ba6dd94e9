"""Services announced by mDNS, by hand."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from tests.bench.rig.ports import HOST
from tests.home_assistant.network import ADDRESS


@asynccontextmanager
async def announced(kind: str, name: str, port: int) -> AsyncIterator[None]:
    """A service of a kind such as `_wyoming._tcp`, at a loopback port, until it is left."""
    info = ServiceInfo(
        f"{kind}.local.",
        f"{name}.{kind}.local.",
        addresses=[socket.inet_aton(HOST)],
        port=port,
        server=f"{name}.local.",
    )
    async with AsyncZeroconf(interfaces=[ADDRESS]) as responder:
        await responder.async_register_service(info)
        yield
        await responder.async_unregister_service(info)
