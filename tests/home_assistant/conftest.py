"""A network of their own for all tests here, and a Home Assistant for each module of them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.bench import peer
from tests.fakes.broker import Mosquitto
from tests.home_assistant.client import Client
from tests.home_assistant.home import Home, running_home
from tests.home_assistant.hub import CUSTOM_INTEGRATION, Hub
from tests.home_assistant.network import private_network
from tests.home_assistant.program import Program
from tests.home_assistant.recorder import RECORDING_PLAYER, Recorder
from tests.home_assistant.releases import RELEASES, Release
from tests.home_assistant.runtimes import runtime

collect_ignore = ["component"]  # these run inside Home Assistant


@pytest.fixture(scope="session", autouse=True)
def network() -> Iterator[None]:
    with private_network():
        yield


@pytest.fixture(scope="module", params=RELEASES, ids=lambda release: release.name)
def home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """With the agent's integration, and a loudspeaker that records."""
    release: Release = request.param
    program = Program(
        runtime(release),
        tmp_path_factory.mktemp(release.name),
        components=[RECORDING_PLAYER, CUSTOM_INTEGRATION],
        configuration={"media_player": [{"platform": RECORDING_PLAYER.name}]},
    )
    with running_home(program) as running:
        yield running


@pytest.fixture
async def client(home: Home) -> AsyncIterator[Client]:
    async with home.client() as connected:
        yield connected


@pytest.fixture
def recorder(home: Home, client: Client) -> Recorder:
    return Recorder(client, home.program.config)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture(scope="module")
def hub(home: Home, broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One that this Home Assistant has not met yet."""
    del home
    with Hub(tmp_path_factory.mktemp("hub"), broker.port) as started:
        yield started


@pytest.fixture(scope="module")
def piper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peer.Peer]:
    with peer.running_peer(peer.DEFAULT_VOICE, tmp_path_factory.mktemp("piper")) as started:
        yield started
