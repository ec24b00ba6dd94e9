"""The connection to a real broker, shared with other integrations."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from hub_agent.message_bus import MessageBus, shared_bus
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.broker import Gate, Mosquitto, Peer, eventually, mosquitto_program
from tests.fakes.mqtt_rig import running, settings_for

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]
PROTOCOLS = pytest.mark.parametrize("protocol", ["5", "3.1.1"])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running_broker:
        yield running_broker


@pytest.fixture
def agent() -> ScriptedAgentPort:
    return ScriptedAgentPort()


def bus_of(agent: ScriptedAgentPort) -> MessageBus:
    bus = shared_bus(agent.exchange)
    assert bus is not None
    return bus


async def heard(
    peer: Peer, topic: str, ear: list[bytes], payload: bytes, *, within_s: float = 10
) -> None:
    """Publish until it is heard: nobody is told when a later subscription stands."""
    async with asyncio.timeout(within_s):
        while payload not in ear:
            peer.publish(topic, payload)
            await asyncio.sleep(0.05)


async def test_the_bus_is_on_offer_while_the_adapter_runs(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with running(settings_for(broker.port, base_topic="flat/agent"), agent):
        assert bus_of(agent).connected
        assert bus_of(agent).base_topic == "flat/agent"
    assert shared_bus(agent.exchange) is None


@PROTOCOLS
async def test_topics_are_heard_before_and_after_the_connection_and_over_a_restart(
    broker: Mosquitto, agent: ScriptedAgentPort, protocol: str
) -> None:
    early: list[bytes] = []
    late: list[bytes] = []
    settings = settings_for(broker.port, protocol=protocol)
    async with running(settings, agent, wait=False) as integration:
        await eventually(lambda: shared_bus(agent.exchange))
        bus = bus_of(agent)
        bus.subscribe("other/early", early.append)
        await eventually(integration.ready)
        bus.subscribe("other/late", late.append)
        async with Peer(broker.port, "peer") as peer:
            await heard(peer, "other/early", early, b"1")
            await heard(peer, "other/late", late, b"2")
        broker.kill()
        await eventually(lambda: not bus.connected)
        broker.start()
        await eventually(lambda: bus.connected)
        async with Peer(broker.port, "peer") as peer:
            await heard(peer, "other/early", early, b"3")
            await heard(peer, "other/late", late, b"4")
    assert not {b"2", b"4"} & set(early)
    assert integration._intake.counts.not_for_us == 0


@PROTOCOLS
async def test_what_was_published_before_is_heard_only_where_it_is_wanted(
    broker: Mosquitto, agent: ScriptedAgentPort, protocol: str
) -> None:
    fresh: list[bytes] = []
    every: list[bytes] = []
    async with (
        Peer(broker.port, "peer") as peer,
        running(settings_for(broker.port, protocol=protocol), agent),
    ):
        await peer.published([peer.publish("other/thing", "old", retain=True)])
        bus_of(agent).subscribe("other/thing", fresh.append)
        bus_of(agent).subscribe("other/thing", every.append, retained=True)
        await eventually(lambda: b"old" in every)
        await heard(peer, "other/thing", fresh, b"new")
    assert b"old" not in fresh


async def test_a_subscription_ends_for_one_and_not_for_others(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    async with (
        Peer(broker.port, "peer") as peer,
        running(settings_for(broker.port), agent) as integration,
    ):
        end = bus_of(agent).subscribe("other/thing", first.append)
        end_second = bus_of(agent).subscribe("other/thing", second.append)
        await heard(peer, "other/thing", first, b"1")
        end()
        await heard(peer, "other/thing", second, b"2")
        end_second()
        last: list[bytes] = []
        bus_of(agent).subscribe("other/marker", last.append)
        await heard(peer, "other/marker", last, b"3")
        await peer.published([peer.publish("other/thing", "4"), peer.publish("other/marker", "5")])
        await eventually(lambda: b"5" in last)
        assert integration._intake.counts.not_for_us == 0
    assert b"2" not in first
    assert b"4" not in second


async def test_only_the_newest_retained_message_waits_for_the_broker(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    connections: list[Callable[[], None]] = []
    async with running(settings_for(broker.port), agent) as integration:
        bus = bus_of(agent)
        bus.on_connect(lambda: connections.append(bus.refresh))
        broker.kill()
        await eventually(lambda: not bus.connected)
        for number in range(1000):
            bus.publish("other/thing", str(number).encode(), retain=True)
        assert len(integration._outbox) == 1
        broker.start()
        async with Peer(broker.port, "late", "other/thing") as late:
            await eventually(lambda: late.on("other/thing"))
            assert late.on("other/thing")[-1].payload == b"999"
        await eventually(lambda: connections)


async def test_a_topic_that_the_broker_refuses_does_not_silence_the_agent(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Gate(broker.port).open() as gate,
        Peer(broker.port, "peer", "hub_agent/#") as peer,
        running(settings_for(gate.port), agent) as integration,
    ):
        await eventually(lambda: peer.on("hub_agent/state") and peer.on("hub_agent/health"))
        gate.refuse_subscriptions()
        with structlog.testing.capture_logs() as logs:
            bus_of(agent).subscribe("other/thing", lambda _: None)
            await eventually(lambda: logs)
        peer.publish("hub_agent/speak", "hello")
        await eventually(lambda: agent.submitted)
        assert integration.ready()
    assert (logs[0]["event"], logs[0]["reason"]) == ("topic refused", "subscription_refused")


async def test_a_listener_that_fails_disturbs_nobody(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    ear: list[bytes] = []

    def fail(_: bytes) -> None:
        raise ZeroDivisionError

    async with (
        Peer(broker.port, "peer") as peer,
        running(settings_for(broker.port), agent) as integration,
    ):
        bus_of(agent).subscribe("other/thing", fail)
        bus_of(agent).subscribe("other/thing", ear.append)
        await heard(peer, "other/thing", ear, b"1")
        assert integration.ready()
