"""A broker, a Home Assistant and an agent that know each other, and can be taken away."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.rig.ports import HOST, free_port
from tests.fakes.broker import Mosquitto
from tests.home_assistant import flows
from tests.home_assistant.client import Client, eventually
from tests.home_assistant.home import Home, running_home
from tests.home_assistant.hub import CUSTOM_INTEGRATION, Hub
from tests.home_assistant.program import Program
from tests.home_assistant.recorder import RECORDING_PLAYER
from tests.home_assistant.releases import Release
from tests.home_assistant.restarts.outage import Loss, Part, Way
from tests.home_assistant.runtimes import runtime

_GREETING: Final = {"time": "04:00", "text": "Good morning!"}
_STOP_TIMEOUT_S: Final = 10.0


class Broker(Mosquitto):
    """A broker that keeps what it knows as Debian's does: when it is stopped, not when killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        super().__init__(folder, "persistence true")

    def stop(self) -> None:
        """Ask it to leave, and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_STOP_TIMEOUT_S)
            self._process = None

    def forget(self) -> None:
        """While it is away: what it has kept is lost."""
        (self._folder / "mosquitto.db").unlink(missing_ok=True)


class KnownHub(Hub):
    """An agent whose process can be looked at."""

    @property
    def process(self) -> psutil.Process:
        """The process, to be measured."""
        assert self._agent is not None
        return self._agent.process


@dataclass(frozen=True, slots=True)
class Household:
    """All three, running."""

    broker: Broker
    home: Home
    hub: KnownHub

    async def take(self, loss: Loss) -> None:
        """Take a part away."""
        await asyncio.to_thread(self._going(loss))

    async def give_back(self, loss: Loss) -> None:
        """Start it again and wait until it answers."""
        await asyncio.to_thread(self._coming(loss))

    def _going(self, loss: Loss) -> Callable[[], None]:
        parts: dict[Part, Broker | Program | Hub] = {
            Part.BROKER: self.broker,
            Part.HOME: self.home.program,
            Part.AGENT: self.hub,
        }
        part = parts[loss.part]
        return part.stop if loss.way in (Way.STOPPED, Way.MOVED) else part.kill

    def _coming(self, loss: Loss) -> Callable[[], None]:
        if loss.part is Part.BROKER:
            if loss.way is Way.FORGETFUL:
                self.broker.forget()
            return self.broker.start
        if loss.part is Part.HOME:
            return self.home.program.start
        changes: dict[str, Any] = {"web": {"port": free_port()}} if loss.way is Way.MOVED else {}
        return lambda: self.hub.start(changes)


@contextmanager
def running_household(release: Release, folder: Path) -> Iterator[Household]:
    """Start all three; enter a private network before."""
    program = Program(
        runtime(release),
        folder,
        components=[RECORDING_PLAYER, CUSTOM_INTEGRATION],
        configuration={"media_player": [{"platform": RECORDING_PLAYER.name}]},
    )
    with running_home(program) as home, Broker(folder / "broker") as broker:
        hub = KnownHub(folder / "hub", broker.port)
        hub.settings["greetings"] = {"morning": _GREETING}
        with hub:
            yield Household(broker, home, hub)


async def introduce(client: Client, broker_port: int) -> None:
    """Add the agent in all three ways."""
    await flows.add(client, "mqtt", {"broker": HOST, "port": broker_port})
    for domain in ("wyoming", "hub_agent"):
        (flow,) = await eventually(lambda: flows.discovered(client, domain), len)  # noqa: B023
        await flows.confirm(client, flow)
