"""Home Assistant's device at a real broker, as Home Assistant would see it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from hub_agent.greetings.greeting import Greeting
from hub_agent.message_bus import shared_bus
from integrations.home_assistant.integration import HomeAssistantIntegration
from integrations.home_assistant.session import Pauses
from integrations.home_assistant.settings import HomeAssistantSettings
from integrations.home_assistant.withdrawal import Withdrawal
from tests.fakes.broker import Mosquitto, Peer, eventually, mosquitto_program
from tests.fakes.discovery_rules import check_device_message
from tests.fakes.mqtt_rig import running, settings_for, stopped
from tests.fakes.turned_agent import ENGLISH, GRANDMA, TurnedAgent

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]
DEVICE = "homeassistant/device/test_agent/config"
MORNING = "homeassistant/time/test_agent/greeting_morning/config"
ALL = ("homeassistant/#", "hub_agent/#")
QUICK = Pauses(gap=0.1, birth=0.05, removal=0.2)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running_broker:
        yield running_broker


@pytest.fixture
def agent() -> TurnedAgent:
    return TurnedAgent()


@contextlib.asynccontextmanager
async def announcing(agent: TurnedAgent, **settings: Any) -> AsyncIterator[None]:
    """The integration at work, on whatever bus is on offer."""
    with blockbuster_ctx("integrations"):
        integration = HomeAssistantIntegration(
            HomeAssistantSettings(**settings), agent, pauses=QUICK
        )
        assert integration.ready()
        work = asyncio.ensure_future(integration.run())
        try:
            yield
        finally:
            await stopped(work)


@contextlib.asynccontextmanager
async def at_home(broker: Mosquitto, agent: TurnedAgent, **mqtt: Any) -> AsyncIterator[None]:
    """An agent that is connected and announced."""
    async with announcing(agent), running(settings_for(broker.port, **mqtt), agent):
        yield


def shown(peer: Peer) -> dict[str, Any]:
    """The components of the newest message, those that are only removed left out."""
    messages = peer.on(DEVICE)
    if not messages or not messages[-1].payload:
        return {}
    components = messages[-1].json()["components"]
    return {key: each for key, each in components.items() if each.keys() != {"p"}}


def removals(peer: Peer) -> list[dict[str, Any]]:
    """What was ever said to be gone."""
    return [
        {key: each}
        for message in peer.on(DEVICE)
        if message.payload
        for key, each in message.json()["components"].items()
        if each.keys() == {"p"}
    ]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_device_is_announced_once_and_stays_for_those_who_come_late(
    broker: Mosquitto, agent: TurnedAgent, protocol: str
) -> None:
    async with (
        Peer(broker.port, "home", *ALL) as home,
        at_home(broker, agent, protocol=protocol),
    ):
        await eventually(lambda: shown(home))
        agent.turn()
        async with Peer(broker.port, "late", *ALL) as late:
            await eventually(lambda: shown(late) and late.on("hub_agent/state"))
            retained = {topic: late.on(topic)[0].retained for topic in (DEVICE, "hub_agent/state")}
            assert late.on("hub_agent/availability")[0].payload == b"online"
        assert set(retained.values()) == {True}
        check_device_message(home.on(DEVICE)[0].json())
        assert len({message.payload for message in home.on(DEVICE)}) == 1


async def test_the_device_is_announced_again_when_home_assistant_starts(
    broker: Mosquitto, agent: TurnedAgent
) -> None:
    async with Peer(broker.port, "home", *ALL) as home, at_home(broker, agent):
        await eventually(lambda: home.on(DEVICE) and home.on("hub_agent/state"))
        before = len(home.on("hub_agent/state"))
        assert before == 1
        home.publish("homeassistant/status", "offline")

        def is_announced_again() -> bool:
            """The agent may not yet listen when the first of these comes."""
            home.publish("homeassistant/status", "online")
            return len(home.on(DEVICE)) > 1

        await eventually(is_announced_again)
        await eventually(lambda: len(home.on("hub_agent/state")) > before)
    assert len({message.payload for message in home.on(DEVICE)}) == 1


async def test_a_birth_message_that_is_retained_is_not_a_birth(
    broker: Mosquitto, agent: TurnedAgent
) -> None:
    async with Peer(broker.port, "home", *ALL) as home:
        await home.published([home.publish("homeassistant/status", "online", retain=True)])
        async with at_home(broker, agent):
            await eventually(lambda: home.on(DEVICE))
            agent.turn(rooms=("home", "attic"))
            await eventually(lambda: "room_attic" in shown(home))
    messages = [message.payload for message in home.on(DEVICE)]
    assert len(set(messages)) == len(messages)


async def test_rooms_and_voices_that_come_and_go_are_followed(
    broker: Mosquitto, agent: TurnedAgent
) -> None:
    async with Peer(broker.port, "home", *ALL) as home, at_home(broker, agent):
        await eventually(lambda: shown(home))
        agent.turn(rooms=("kitchen", "attic"), voices=(ENGLISH,))
        await eventually(lambda: "room_attic" in shown(home))
        assert "room_home" not in shown(home)
        assert shown(home)["voice"]["options"] == ["Automatic", ENGLISH.name]
        await eventually(lambda: len(home.on(DEVICE)) >= 3)
        agent.turn(voices=(ENGLISH, GRANDMA))
        await eventually(lambda: "Grandma" in shown(home)["voice"]["options"])
    assert removals(home) == [{"room_home": {"p": "notify"}}]


async def test_what_went_while_the_agent_was_away_is_removed(broker: Mosquitto) -> None:
    async with Peer(broker.port, "home", *ALL) as home:
        before = TurnedAgent(rooms=("home", "attic"))
        before.known_greetings.append(greeting())
        async with at_home(broker, before):
            await eventually(lambda: home.on(DEVICE) and home.on(MORNING))
        async with at_home(broker, TurnedAgent(rooms=("home",))):
            gone = {"room_attic": {"p": "notify"}, "greeting_morning": {"p": "switch"}}
            await eventually(lambda: len(removals(home)) >= 2)
            assert {k: v for each in removals(home) for k, v in each.items()} == gone
            await eventually(
                lambda: home.on(DEVICE)[-1].json()["components"].keys() & gone == set()
            )
            assert home.on(MORNING)[-1].payload == b""


def greeting(name: str = "morning") -> Greeting:
    return Greeting(name=name, time=time(7), enabled=True, next=None)


async def test_greetings_are_announced_and_removed(broker: Mosquitto, agent: TurnedAgent) -> None:
    agent.known_greetings.append(greeting())
    async with Peer(broker.port, "home", *ALL) as home, at_home(broker, agent):
        await eventually(lambda: home.on(DEVICE) and home.on(MORNING))
        assert home.on(MORNING)[0].json()["command_topic"] == "hub_agent/greetings/morning/set"
        agent.known_greetings.clear()
        agent.turn()
        await eventually(lambda: home.on(MORNING)[-1].payload == b"")
        await eventually(lambda: "greeting_morning" not in shown(home))


async def test_a_broker_that_forgot_everything_is_told_again(
    broker: Mosquitto, agent: TurnedAgent
) -> None:
    async with at_home(broker, agent):
        async with Peer(broker.port, "home", *ALL) as home:
            await eventually(lambda: shown(home))
        broker.kill()
        agent.turn(rooms=("attic",))
        broker.start()
        async with Peer(broker.port, "back", *ALL) as back:
            await eventually(lambda: "room_attic" in shown(back))
            await eventually(lambda: back.on("hub_agent/state"))


async def test_an_agent_that_starts_again_finds_its_device_and_doubles_nothing(
    broker: Mosquitto,
) -> None:
    async with Peer(broker.port, "home", *ALL) as home:
        for run in range(1, 3):
            async with at_home(broker, TurnedAgent()):
                await eventually(partial(lambda n: len(home.on(DEVICE)) >= n, run))
            await eventually(lambda: home.on("hub_agent/availability")[-1].payload == b"offline")
    assert len({message.payload for message in home.on(DEVICE)}) == 1
    assert removals(home) == []


async def test_another_connection_by_reload_is_followed(
    broker: Mosquitto, agent: TurnedAgent
) -> None:
    async with Peer(broker.port, "home", "homeassistant/#") as home, announcing(agent):
        for base in ("one", "two"):
            async with running(settings_for(broker.port, base_topic=base), agent):
                topic = f"{base}/speak"
                await eventually(partial(speaks_to, home, topic))


def speaks_to(home: Peer, topic: str) -> bool:
    everywhere: dict[str, Any] = shown(home).get("everywhere", {})
    return everywhere.get("command_topic") == topic


async def test_switched_off_the_device_is_taken_back(broker: Mosquitto) -> None:
    """Also what only the run before knew of."""
    agent = TurnedAgent()
    agent.known_greetings.append(greeting())
    async with Peer(broker.port, "home", *ALL) as home:
        async with at_home(broker, agent):
            await eventually(lambda: home.on(DEVICE) and home.on(MORNING))
        later = TurnedAgent()
        withdrawal = Withdrawal(HomeAssistantSettings(enabled=False), later)
        work = asyncio.ensure_future(withdrawal.run())
        async with running(settings_for(broker.port), later):
            await asyncio.wait_for(work, 10)
            await eventually(lambda: home.on(DEVICE)[-1].payload == b"")
        assert home.on(MORNING)[-1].payload == b""
    async with Peer(broker.port, "late", "homeassistant/#", "marker") as late:
        late.publish("marker", "x")
        await eventually(lambda: late.on("marker"))
        assert late.on(DEVICE) + late.on(MORNING) == []


async def test_switched_off_where_nothing_was_announced_nothing_is_said(broker: Mosquitto) -> None:
    agent = TurnedAgent()
    withdrawal = Withdrawal(HomeAssistantSettings(enabled=False), agent, earlier_message_s=0.1)
    async with (
        Peer(broker.port, "home", "homeassistant/#", "marker") as home,
        running(settings_for(broker.port), agent),
    ):
        await asyncio.wait_for(withdrawal.run(), 10)
        bus = shared_bus(agent.exchange)
        assert bus is not None
        bus.publish("marker", b"")
        await eventually(lambda: home.on("marker"))
        assert home.on(DEVICE) == []


async def test_without_a_broker_nothing_happens_and_nothing_waits(agent: TurnedAgent) -> None:
    async with announcing(agent):
        agent.turn(rooms=("attic",))
        await asyncio.sleep(0)
    assert agent.exchange.offered(object) == ()
