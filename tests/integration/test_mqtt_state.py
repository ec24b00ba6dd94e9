"""The agent's state and its knobs at a real broker."""

import json
from collections.abc import Iterator
from datetime import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hub_agent.announcement import Announcement
from hub_agent.greetings.greeting import Greeting
from tests.fakes.broker import Mosquitto, Peer, eventually, mosquitto_program
from tests.fakes.mqtt_rig import running, settings_for
from tests.fakes.turned_agent import TurnedAgent

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]
STATE = "hub_agent/state"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running_broker:
        yield running_broker


def said(peer: Peer) -> dict[str, Any]:
    """The newest state that was seen."""
    seen = peer.on(STATE)
    return seen[-1].json() if seen else {}


def shows(peer: Peer, **fields: Any) -> bool:
    return fields.items() <= said(peer).items()


async def test_state_is_retained_and_says_nothing_that_identifies_the_hub(
    broker: Mosquitto,
) -> None:
    agent = TurnedAgent()
    async with running(settings_for(broker.port), agent):
        async with Peer(broker.port, "late", STATE) as late:
            await eventually(lambda: late.on(STATE))
            message = late.on(STATE)[0]
        assert message.retained
        assert agent.hub_id not in message.payload.decode()
        fields = message.json()
    assert (fields["status"], fields["volume"], fields["voice_name"]) == ("idle", 100, None)
    assert [room["id"] for room in fields["rooms"]] == ["home", "kitchen"]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_what_is_turned_shows_at_once(broker: Mosquitto, protocol: str) -> None:
    agent = TurnedAgent()
    async with (
        Peer(broker.port, "peer", STATE) as peer,
        running(settings_for(broker.port, protocol=protocol), agent),
    ):
        await eventually(partial(shows, peer, volume=100))
        peer.publish("hub_agent/volume/set", "35")
        await eventually(partial(shows, peer, volume=35), within_s=2)
        peer.publish("hub_agent/quiet/set", "ON")
        await eventually(partial(shows, peer, quiet=True), within_s=2)
        peer.publish("hub_agent/voice/set", "Grandma")
        await eventually(partial(shows, peer, voice_name="Grandma"), within_s=2)
        peer.publish("hub_agent/voice/set", "")
        await eventually(partial(shows, peer, voice_name=None), within_s=2)


async def test_a_burst_of_changes_is_few_messages_and_the_last_one_is_true(
    broker: Mosquitto,
) -> None:
    agent = TurnedAgent()
    async with (
        Peer(broker.port, "peer", STATE) as peer,
        running(settings_for(broker.port), agent),
    ):
        await eventually(partial(shows, peer, volume=100))
        for volume in range(100):
            peer.publish("hub_agent/volume/set", str(volume))
        await eventually(partial(shows, peer, volume=99))
        agent.submit(Announcement(text="hello"), origin="test")
        agent.turn()
        peer.publish("hub_agent/volume/set", "5")
        await eventually(partial(shows, peer, volume=5))
    states = [json.dumps(message.json()) for message in peer.on(STATE)]
    assert len(states) < 30
    assert all(before != after for before, after in pairwise(states))


async def test_state_is_said_again_to_a_broker_that_forgot_it(broker: Mosquitto) -> None:
    agent = TurnedAgent()
    async with running(settings_for(broker.port), agent) as integration:
        broker.kill()
        await eventually(lambda: not integration.ready())
        agent.turn(ttfa_s=0.25)
        broker.start()
        async with Peer(broker.port, "late", STATE) as late:
            await eventually(partial(shows, late, ttfa_ms=250))


async def test_greetings_are_told_and_turned(broker: Mosquitto) -> None:
    agent = TurnedAgent()
    agent.known_greetings.append(Greeting(name="morning", time=time(7), enabled=True, next=None))
    async with (
        Peer(broker.port, "peer", STATE) as peer,
        running(settings_for(broker.port), agent),
    ):
        told = {"morning": {"time": "07:00", "enabled": True}}
        await eventually(partial(shows, peer, greetings=told))
        peer.publish("hub_agent/greetings/morning/set", "06:30")
        told = {"morning": {"time": "06:30", "enabled": True}}
        await eventually(partial(shows, peer, greetings=told), within_s=2)
