"""The adapter at a real broker: what goes in, what comes out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_agent.announcement import AnnouncementEvent, EventType, Outcome
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.broker import Gate, Mosquitto, Peer, eventually, mosquitto_program
from tests.fakes.mqtt_rig import running, settings_for

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]

EVERYTHING = ("hub_agent/event", "hub_agent/health", "hub_agent/availability", "hermes/#")
MANY = 300


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path, "max_queued_messages 0") as running_broker:
        yield running_broker


@pytest.fixture
def agent() -> ScriptedAgentPort:
    return ScriptedAgentPort(answer=Outcome.SPOKEN)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_plain_and_json_messages_are_spoken_and_answered(
    broker: Mosquitto, agent: ScriptedAgentPort, protocol: str
) -> None:
    async with (
        Peer(broker.port, "peer", *EVERYTHING) as peer,
        running(settings_for(broker.port, protocol=protocol), agent),
    ):
        peer.publish("hub_agent/speak", "plain")
        door = {"id": "door", "text": "json", "volume": 40, "audible_label": "spoken"}
        peer.publish("hub_agent/speak", door, qos=0)
        peer.publish("hub_agent/speak", {"id": "bad", "text": "json", "volume": 400}, qos=2)
        await eventually(lambda: [e for e in peer.events() if e["id"] == "bad"])
        results = {e["id"]: e for e in peer.events() if "outcome" in e}
    assert [announcement.text for announcement in agent.submitted] == ["plain", "json"]
    assert [announcement.audible_label for announcement in agent.submitted] == ["none", "spoken"]
    assert results["door"]["event_type"] == "finished"
    assert results["bad"]["event_type"] == "refused"
    assert agent.rejected == [("bad", "bad_volume")]


async def test_availability_and_health_are_retained_and_follow_the_agent(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        running(settings_for(broker.port), agent),
        Peer(broker.port, "late", *EVERYTHING) as late,
    ):
        await eventually(lambda: late.on("hub_agent/health"))
        report = late.events("hub_agent/health")[0]
    assert late.on("hub_agent/availability")[0].payload == b"online"
    assert late.on("hub_agent/availability")[0].retained
    assert report["version"] == "0"
    assert report["mqtt"]["connections"] == 1
    async with Peer(broker.port, "later", *EVERYTHING) as later:
        await eventually(lambda: later.on("hub_agent/availability"))
        assert later.on("hub_agent/availability")[0].payload == b"offline"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_retained_announcement_is_not_spoken_again_at_every_connection(
    broker: Mosquitto, agent: ScriptedAgentPort, protocol: str
) -> None:
    async with Peer(broker.port, "peer") as peer:
        await peer.published([peer.publish("hub_agent/speak", "stale", retain=True)])
        async with running(settings_for(broker.port, protocol=protocol, client_id="new"), agent):
            await peer.published([peer.publish("hub_agent/speak", "fresh")])
            await eventually(lambda: agent.submitted)
        await peer.published([peer.publish("hub_agent/speak", "", retain=True)])
    assert [announcement.text for announcement in agent.submitted] == ["fresh"]


async def test_the_messages_expiry_becomes_the_announcements(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Peer(broker.port, "peer") as peer,
        running(settings_for(broker.port), agent),
    ):
        peer.publish("hub_agent/speak", {"text": "a", "expires_s": 500}, expires_s=30)
        peer.publish("hub_agent/speak", {"text": "b"})
        await eventually(lambda: len(agent.submitted) == 2)
    expiries = [announcement.expires_s for announcement in agent.submitted]
    assert expiries[0] is not None
    assert 28 <= expiries[0] <= 30
    assert expiries[1] is None


async def test_a_message_over_the_limit_is_refused(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Peer(broker.port, "peer", *EVERYTHING) as peer,
        running(settings_for(broker.port, max_payload_bytes=300), agent),
    ):
        peer.publish("hub_agent/speak", "x" * 301)
        await eventually(lambda: agent.rejected)
        await eventually(peer.events)
        assert peer.events()[0]["event_type"] == "refused"
    assert agent.rejected[0][1] == "too_large"


async def test_hermes_is_answered_and_only_hermes(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    settings = settings_for(broker.port, hermes={"enabled": True})
    async with (
        Peer(broker.port, "peer", *EVERYTHING) as peer,
        running(settings, agent),
    ):
        peer.publish("hub_agent/speak", "not by hermes")
        peer.publish("hermes/tts/say", {"id": "7", "text": "hello", "sessionId": "s"})
        await eventually(lambda: peer.on("hermes/tts/sayFinished"))
        await eventually(lambda: len([e for e in peer.events() if "outcome" in e]) == 2)
    assert peer.events("hermes/tts/sayFinished") == [
        {"id": "7", "siteId": "default", "sessionId": "s"}
    ]


async def test_wall_panel_commands_are_spoken(broker: Mosquitto, agent: ScriptedAgentPort) -> None:
    settings = settings_for(broker.port, wallpanel={"enabled": True, "topic": "panel/command"})
    async with Peer(broker.port, "peer") as peer, running(settings, agent):
        peer.publish("panel/command", {"speak": "hello", "volume": 10})
        await eventually(lambda: agent.submitted)
    assert agent.submitted[0].volume == 10


async def test_stop_and_events_of_other_origins_pass_through(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Peer(broker.port, "peer", *EVERYTHING) as peer,
        running(settings_for(broker.port), agent),
    ):
        peer.publish("hub_agent/stop", "kitchen")
        await eventually(lambda: agent.stopped)
        agent.emit(AnnouncementEvent(type=EventType.STARTED, id="c", origin="cli", room="home"))
        agent.finish("c", Outcome.INTERRUPTED, origin="cli")
        await eventually(lambda: len(peer.events()) == 2)
    assert agent.stopped == [(("kitchen",), None)]
    assert [event["event_type"] for event in peer.events()] == ["started", "interrupted"]
    assert all(event["origin"] == "cli" for event in peer.events())


async def test_a_burst_is_answered_completely_and_in_order(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Peer(broker.port, "peer", "hub_agent/event") as peer,
        running(settings_for(broker.port), agent),
    ):
        for number in range(MANY):
            peer.publish("hub_agent/speak", {"id": str(number), "text": "hello"})
        await eventually(lambda: len(peer.seen) == 2 * MANY, within_s=60)
        ids = [event["id"] for event in peer.events() if "outcome" in event]
    assert ids == [str(number) for number in range(MANY)]


async def test_what_the_agent_still_has_to_say_is_published_before_it_goes(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with Peer(broker.port, "peer", *EVERYTHING) as peer:
        async with running(settings_for(broker.port), agent):
            await eventually(lambda: peer.on("hub_agent/health"))
            for number in range(50):
                agent.finish(str(number), Outcome.SPOKEN)
        await eventually(lambda: peer.on("hub_agent/availability")[-1].payload == b"offline")
        assert len(peer.events()) == 50
        assert peer.seen[-1].payload == b"offline"


async def test_messages_sent_while_the_agent_is_away_are_spoken_when_it_is_back(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    settings = settings_for(broker.port)
    async with Peer(broker.port, "peer") as peer:
        async with running(settings, agent):
            pass
        sent = [peer.publish("hub_agent/speak", {"id": str(n), "text": "hi"}) for n in range(50)]
        await peer.published(sent)
        async with running(settings, agent):
            await eventually(lambda: len(agent.submitted) == 50)
    assert [announcement.id for announcement in agent.submitted] == [str(n) for n in range(50)]


async def test_a_broker_that_does_not_know_mqtt_5_is_spoken_to_in_3_1_1(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Gate(broker.port, refuse_5=True).open() as gate,
        Peer(broker.port, "peer") as peer,
        running(settings_for(gate.port), agent),
    ):
        peer.publish("hub_agent/speak", "hello")
        await eventually(lambda: agent.submitted)
    assert gate.attempts == [5, 4]


async def test_a_small_window_of_the_broker_is_respected(
    tmp_path: Path, agent: ScriptedAgentPort
) -> None:
    with Mosquitto(tmp_path, "max_inflight_messages 3", "max_queued_messages 0") as narrow:
        async with (
            Peer(narrow.port, "peer", "hub_agent/event") as peer,
            running(settings_for(narrow.port), agent) as integration,
        ):
            for number in range(200):
                agent.finish(str(number), Outcome.SPOKEN)
            await eventually(lambda: len(peer.seen) == 200)
            assert integration.ready()
            assert [event["id"] for event in peer.events()] == [str(n) for n in range(200)]
            assert integration._link.connections == 1


async def test_a_stop_during_connecting_leaves_no_connection_behind(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with Gate(broker.port, silent=True).open() as gate:
        async with running(settings_for(gate.port), agent, wait=False) as integration:
            await eventually(lambda: gate.attempts)
            assert not integration.ready()
        await eventually(lambda: not gate.num_connections)


async def test_events_are_json_that_home_assistant_takes(
    broker: Mosquitto, agent: ScriptedAgentPort
) -> None:
    async with (
        Peer(broker.port, "peer", "hub_agent/event") as peer,
        running(settings_for(broker.port), agent),
    ):
        agent.finish("a", Outcome.FAILED, reason="engine_failed")
        await eventually(lambda: peer.seen)
    assert not peer.seen[0].retained
    assert json.loads(peer.seen[0].payload)["event_type"] == "failed"
