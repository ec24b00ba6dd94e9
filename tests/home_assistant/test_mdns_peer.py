"""The rig itself: what is announced by mDNS is discovered, and added by saying yes."""

import pytest

from tests.bench.peer import Peer
from tests.home_assistant import flows
from tests.home_assistant.announced import announced
from tests.home_assistant.client import Client, eventually

pytestmark = pytest.mark.home_assistant


async def test_an_announced_server_is_discovered_and_added(client: Client, piper: Peer) -> None:
    async with announced("_wyoming._tcp", "piper", piper.port):
        (flow,) = await eventually(lambda: flows.discovered(client, "wyoming"), len)
        await flows.confirm(client, flow)
    assert [entry["state"] for entry in await client.entries("wyoming")] == ["loaded"]
