"""The whole agent, as a service beside a broker, and the device that Home Assistant makes of it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PACED_ROOM, AgentProcess
from tests.fakes.broker import HOST, Mosquitto, Peer, eventually, mosquitto_program
from tests.fakes.discovery_rules import check_device_message, check_time_message

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]
DEVICE = "homeassistant/device/attic_hub/config"
MORNING = "homeassistant/time/attic_hub/greeting_morning/config"
STATE = "hub_agent/state"
AVAILABILITY = "hub_agent/availability"


class House:
    """A broker, somebody who listens there, and an agent that comes and goes."""

    def __init__(self, folder: Path, broker: Mosquitto, home: Peer) -> None:
        self.home = home
        self._folder = folder
        self._broker = broker

    def agent(self, *, announced: bool = True) -> AgentProcess:
        return AgentProcess(self._folder, self.settings(announced=announced))

    def settings(self, *, announced: bool) -> dict[str, Any]:
        return {
            "agent_id": "attic_hub",
            "rooms": {"attic": PACED_ROOM},
            "mqtt": {"host": HOST, "port": self._broker.port},
            "home_assistant": {"enabled": announced, "name": "Attic hub"},
            "greetings": {"morning": {"time": "07:00", "text": "Good morning"}},
            "mdns": {"enabled": False},
            "wyoming": {"enabled": False},
            "log": {"format": "json"},
        }

    def last(self, topic: str) -> bytes | None:
        seen = self.home.on(topic)
        return seen[-1].payload if seen else None

    def shows(self, **fields: Any) -> bool:
        seen = self.home.events(STATE)
        return bool(seen) and fields.items() <= seen[-1].items()

    async def announced(self) -> None:
        await eventually(lambda: self.last(DEVICE) and self.last(MORNING), within_s=20)

    async def taken_back(self) -> None:
        await eventually(lambda: self.last(DEVICE) == b"" == self.last(MORNING), within_s=20)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with Mosquitto(tmp_path) as broker:
        async with Peer(broker.port, "home", "homeassistant/#", "hub_agent/#") as home:
            yield House(tmp_path, broker, home)


async def test_the_device_is_turned_switched_off_and_on_and_outlives_the_agent(
    house: House,
) -> None:
    told = {"morning": {"time": "06:30", "enabled": True}}
    with house.agent() as agent:
        await house.announced()
        await eventually(lambda: house.shows(volume=100, ready=True))
        house.home.publish("hub_agent/volume/set", "35")
        house.home.publish("hub_agent/greetings/morning/set", "06:30")
        await eventually(lambda: house.shows(volume=35, greetings=told))
        agent.write_settings(house.settings(announced=False))
        agent.signal(signal.SIGHUP)
        await house.taken_back()
        agent.write_settings(house.settings(announced=True))
        agent.signal(signal.SIGHUP)
        await house.announced()
        await asyncio.to_thread(agent.stop)
    await eventually(lambda: house.last(AVAILABILITY) == b"offline")
    seen = len(house.home.on(STATE))
    with house.agent():
        await eventually(lambda: house.last(AVAILABILITY) == b"online")
        await eventually(lambda: len(house.home.on(STATE)) > seen)
        await eventually(lambda: house.shows(volume=35, greetings=told))
        await eventually(lambda: len(house.home.on(DEVICE)) == 4)
    await eventually(lambda: house.last(AVAILABILITY) == b"offline")
    first, emptied, second, third = house.home.on(DEVICE)
    assert emptied.payload == b""
    assert first.payload == second.payload == third.payload
    assert "room_attic" in first.json()["components"]
    check_device_message(first.json())
    check_time_message(house.home.on(MORNING)[0].json())


async def test_the_device_goes_when_it_was_switched_off_while_the_agent_was_away(
    house: House,
) -> None:
    switch = {"p": "switch", "unique_id": "attic_hub_greeting_morning"}
    house.home.publish(DEVICE, {"components": {"greeting_morning": switch}}, retain=True)
    house.home.publish(MORNING, {"unique_id": "attic_hub_greeting_morning"}, retain=True)
    await house.announced()
    with house.agent(announced=False):
        await house.taken_back()
