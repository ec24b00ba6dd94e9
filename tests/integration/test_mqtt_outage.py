"""The broker goes and comes back; nobody may miss an announcement or a result."""

import asyncio
import contextlib
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hub_agent.announcement import Outcome
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.broker import (
    PERSISTENT,
    Gate,
    Mosquitto,
    Peer,
    eventually,
    mosquitto_program,
)
from tests.fakes.mqtt_rig import running, settings_for

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]

LOST_BY_THE_BROKER = 0.1
RESULTS = 10_000
RESULTS_WITHIN_S = 30.0
"""One acknowledgement at a time takes minutes where packets wait for each other (40 ms each)."""


def final_ids(peer: Peer) -> Counter[str]:
    return Counter(event["id"] for event in peer.events() if "outcome" in event)


def announcement(number: int) -> dict[str, Any]:
    return {"id": str(number), "text": "hello"}


async def test_every_announcement_gets_through_a_broker_that_is_killed_in_between(
    tmp_path: Path,
) -> None:
    agent = ScriptedAgentPort(answer=Outcome.SPOKEN)
    wanted = {str(number) for number in range(300)}
    with Mosquitto(tmp_path, *PERSISTENT) as broker:
        async with (
            Peer(broker.port, "peer", "hub_agent/event") as peer,
            running(settings_for(broker.port), agent, watched=False) as integration,
        ):
            for part in range(3):
                for number in range(part * 100, part * 100 + 100):
                    peer.publish("hub_agent/speak", announcement(number))
                if part < 2:
                    await heard(agent, part * 100 + 50)
                    await asyncio.to_thread(broker.kill)
                    await asyncio.to_thread(broker.start)
            await answered(peer, wanted)
            await eventually(lambda: len(integration._outbox) == 0)
    assert {each.id for each in agent.submitted} == wanted


async def heard(agent: ScriptedAgentPort, at_least: int) -> None:
    await eventually(lambda: len({each.id for each in agent.submitted}) >= at_least)


async def answered(peer: Peer, wanted: set[str]) -> None:
    """Wait for every result; repeat at most twice what stays without, as a careful sender does.

    A killed mosquitto can lose the few messages that it acknowledged after it last saved.
    """
    for _ in range(2):
        with contextlib.suppress(TimeoutError):
            await eventually(lambda: final_ids(peer).keys() == wanted, within_s=5)
        missing = wanted - final_ids(peer).keys()
        assert len(missing) <= len(wanted) * LOST_BY_THE_BROKER
        for each in missing:
            peer.publish("hub_agent/speak", announcement(int(each)))
    await eventually(lambda: final_ids(peer).keys() == wanted)


async def test_what_the_broker_sent_before_it_died_is_heard(tmp_path: Path) -> None:
    agent = ScriptedAgentPort(answer=Outcome.SPOKEN)
    with Mosquitto(tmp_path) as broker:
        async with (
            Peer(broker.port, "peer", "echo") as peer,
            running(settings_for(broker.port), agent, watched=False) as integration,
        ):
            send_and_kill(broker, peer)
            await eventually(lambda: not integration.ready())
    assert len(agent.submitted) == 100


def send_and_kill(broker: Mosquitto, peer: Peer) -> None:
    """Kill the broker after it has sent 100 messages that we, being blocked here, did not read."""
    for number in range(100):
        peer.publish("hub_agent/speak", announcement(number))
    peer.publish("echo", "all sent")
    deadline = time.monotonic() + 10
    while not peer.seen and time.monotonic() < deadline:
        time.sleep(0.01)
    broker.kill()


async def test_a_cut_connection_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    agent = ScriptedAgentPort(answer=Outcome.SPOKEN)
    wanted = [str(number) for number in range(300)]
    with Mosquitto(tmp_path) as broker:
        async with (
            Peer(broker.port, "peer", "hub_agent/event") as peer,
            Gate(broker.port).open() as gate,
            running(settings_for(gate.port), agent) as integration,
        ):
            for part in range(3):
                for number in range(part * 100, part * 100 + 100):
                    peer.publish("hub_agent/speak", announcement(number))
                await eventually(lambda: agent.submitted)
                gate.cut()
            await eventually(lambda: len(agent.submitted) >= len(wanted), within_s=30)
            await eventually(lambda: len(final_ids(peer)) == len(wanted), within_s=30)
            assert integration._link.connections >= 2
    assert [each.id for each in agent.submitted] == wanted


async def test_results_wait_for_the_broker_and_are_published_when_it_is_back(
    tmp_path: Path,
) -> None:
    agent = ScriptedAgentPort()
    with Mosquitto(tmp_path, *PERSISTENT) as broker:
        async with running(settings_for(broker.port), agent) as integration:
            broker.kill()
            await eventually(lambda: not integration.ready())
            for number in range(100):
                agent.finish(str(number), Outcome.SPOKEN)
            broker.start()
            async with Peer(broker.port, "peer", "hub_agent/event") as peer:
                await eventually(lambda: integration._link.connections == 2)
                await eventually(lambda: len(integration._outbox) == 0)
                agent.finish("last", Outcome.SPOKEN)
                await eventually(lambda: "last" in final_ids(peer))
    assert integration._outbox.published == 101
    assert integration._outbox.dropped == 0


async def test_ten_thousand_results_flow_without_waiting_for_each_other(tmp_path: Path) -> None:
    agent = ScriptedAgentPort()
    with Mosquitto(tmp_path, "max_queued_messages 0") as broker:
        async with (
            Peer(broker.port, "peer", "hub_agent/event") as peer,
            running(settings_for(broker.port), agent, watched=False) as integration,
        ):
            started = time.monotonic()
            for number in range(RESULTS):
                agent.finish(str(number), Outcome.SPOKEN)
            await eventually(lambda: len(integration._outbox) == 0, within_s=RESULTS_WITHIN_S)
            await eventually(lambda: len(peer.seen) == RESULTS)
            took_s = time.monotonic() - started
    assert took_s < RESULTS_WITHIN_S
    assert list(final_ids(peer)) == [str(number) for number in range(RESULTS)]


async def test_a_killed_agent_is_offline_by_its_will(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        async with (
            Peer(broker.port, "peer", "hub_agent/availability") as peer,
            Gate(broker.port).open() as gate,
            running(
                settings_for(gate.port, reconnect={"min_s": 30, "max_s": 60}), ScriptedAgentPort()
            ) as integration,
        ):
            await eventually(lambda: peer.seen)
            gate.cut()
            await eventually(lambda: peer.seen[-1].payload == b"offline")
            await eventually(lambda: not integration.ready())


async def test_a_lost_broker_is_said_once_and_once_when_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Mosquitto(tmp_path) as broker:
        async with running(settings_for(broker.port), ScriptedAgentPort()) as integration:
            broker.kill()
            await eventually(lambda: integration._link.attempts >= 5)
            broker.start()
            await eventually(integration.ready)
    said = capsys.readouterr().out
    assert said.count("broker lost") == 1
    assert said.count("broker back") == 1


async def test_an_agent_that_starts_before_its_broker_waits_for_it(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    async with running(settings_for(broker.port), ScriptedAgentPort(), wait=False) as integration:
        await eventually(lambda: integration._link.attempts >= 2)
        assert not integration.ready()
        with broker:
            await eventually(integration.ready)
            broker.kill()
            await eventually(lambda: not integration.ready())


async def test_a_silent_server_is_tried_in_both_protocol_versions(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        async with (
            Gate(broker.port, closing=True).open() as gate,
            running(settings_for(gate.port), ScriptedAgentPort(), wait=False) as integration,
        ):
            await eventually(lambda: len(gate.attempts) >= 3)
            assert not integration.ready()
    assert gate.attempts[:3] == [5, 4, 5]
