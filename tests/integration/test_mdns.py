"""What a browser of the network finds, over real multicast on the loopback interface."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from hub_agent.exchange import NetworkService
from integrations.mdns.integration import MdnsIntegration
from integrations.mdns.settings import MdnsSettings
from tests.fakes.agent_port import HUB_ID, ScriptedAgentPort
from tests.fakes.playing import until

LOOPBACK = "127.0.0.1"
ANYWHERE = "0.0.0.0"
WYOMING = NetworkService(type="_hubtest-wyo._tcp", port=10_200)
WEB = NetworkService(type="_hubtest-web._tcp", port=8731, properties={"id": HUB_ID, "api": "1"})
INSTANCE = f"Hub Agent {HUB_ID[:4]}"
SOON_S = 0.05
PATIENCE_S = 20.0


class Browser:
    """Remembers what is there now."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self.zeroconf = zeroconf
        self.names: set[str] = set()
        types = [f"{service.type}.local." for service in (WYOMING, WEB)]
        self._browser = AsyncServiceBrowser(zeroconf.zeroconf, types, handlers=[self._note])

    async def info_when(
        self, service: NetworkService, holds: Callable[[AsyncServiceInfo], bool]
    ) -> AsyncServiceInfo:
        """What is told of it as soon as that holds."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                info = AsyncServiceInfo(f"{service.type}.local.", name_of(service))
                if await info.async_request(self.zeroconf.zeroconf, 3000) and holds(info):
                    return info
                await asyncio.sleep(SOON_S)

    async def close(self) -> None:
        await self._browser.async_cancel()

    def _note(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        del zeroconf, service_type
        if state_change is ServiceStateChange.Removed:
            self.names.discard(name)
        else:
            self.names.add(name)


class Network:
    """The addresses that this machine seems to have."""

    def __init__(self) -> None:
        self.addresses: tuple[str, ...] = (LOOPBACK,)

    def __call__(self) -> tuple[str, ...]:
        return self.addresses


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    zeroconf = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
    browser = Browser(zeroconf)
    yield browser
    await browser.close()
    await zeroconf.async_close()


@pytest.fixture
def agent() -> ScriptedAgentPort:
    return ScriptedAgentPort()


@pytest.fixture
def network() -> Network:
    return Network()


@asynccontextmanager
async def announcing(
    agent: ScriptedAgentPort, network: Network, name: str | None = None
) -> AsyncGenerator[MdnsIntegration, None]:
    mdns = MdnsIntegration(MdnsSettings(name=name), agent, addresses=network, look_again_s=SOON_S)
    running = asyncio.ensure_future(mdns.run())
    try:
        yield mdns
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert running.cancelled()


def name_of(service: NetworkService, instance: str = INSTANCE) -> str:
    return f"{instance}.{service.type}.local."


async def test_what_can_be_reached_is_found_and_says_goodbye(
    agent: ScriptedAgentPort, network: Network, browser: Browser
) -> None:
    agent.exchange.offer(NetworkService(type=WEB.type, port=1, host="127.0.0.9"))
    agent.exchange.offer(WYOMING)
    async with announcing(agent, network):
        await until(lambda: browser.names == {name_of(WYOMING)})
        take_back = agent.exchange.offer(WEB)
        await until(lambda: browser.names == {name_of(WYOMING), name_of(WEB)})
        info = await browser.info_when(WEB, lambda info: info.port == WEB.port)
        assert info.parsed_addresses() == [LOOPBACK]
        assert info.decoded_properties == dict(WEB.properties)
        assert info.server == f"hub-agent-{HUB_ID[:8]}.local."
        take_back()
        await until(lambda: browser.names == {name_of(WYOMING)})
    await until(lambda: browser.names == set())


async def test_networks_and_ports_come_and_go_under_one_name(
    agent: ScriptedAgentPort, network: Network, browser: Browser
) -> None:
    take_back = agent.exchange.offer(WYOMING)
    network.addresses = ()
    async with announcing(agent, network) as mdns:
        await asyncio.sleep(3 * SOON_S)
        assert mdns.ready()
        assert browser.names == set()
        network.addresses = (LOOPBACK,)
        await until(lambda: browser.names == {name_of(WYOMING)})
        take_back()
        agent.exchange.offer(NetworkService(type=WYOMING.type, port=4242))
        network.addresses = (LOOPBACK, "127.0.0.2")
        info = await browser.info_when(WYOMING, lambda info: info.port == 4242)
        assert set(info.parsed_addresses()) == set(network.addresses)
        assert browser.names == {name_of(WYOMING)}


async def test_a_name_that_is_taken_gets_a_number(
    agent: ScriptedAgentPort, network: Network, browser: Browser
) -> None:
    agent.exchange.offer(WYOMING)
    other = ScriptedAgentPort()
    other.exchange.offer(NetworkService(type=WYOMING.type, port=7))
    async with announcing(agent, network, name="Kitchen"):
        await until(lambda: browser.names == {name_of(WYOMING, "Kitchen")})
        async with announcing(other, network, name="Kitchen"):
            both = {name_of(WYOMING, name) for name in ("Kitchen", "Kitchen-2")}
            await until(lambda: browser.names == both)
