"""The agent as a device of Home Assistant, which it announces over MQTT itself."""

import asyncio

import pytest

from tests.fakes.broker import HOST, Mosquitto
from tests.home_assistant import flows
from tests.home_assistant.client import Client, State, eventually, is_there
from tests.home_assistant.home import Home
from tests.home_assistant.hub import AGENT_ID, ROOMS, Hub

pytestmark = pytest.mark.home_assistant

TEXT = """He said "it's {{ ready }}" \\ – naïve, 你好"""
LONG = "The washing machine has finished. " * 7
HIDDEN = {"queue", "ttfa", "version"}
ENTITIES = HIDDEN | {
    "announcement",
    "consent_ends",
    "consents_ending",
    "engine",
    "everywhere",
    "next_greeting",
    "problem",
    "quiet",
    "say",
    "speaking",
    "state",
    "stop",
    "vault",
    "voice",
    "volume",
    *(f"room_{room}" for room in ROOMS),
}


@pytest.fixture
async def shown(client: Client, hub: Hub, broker: Mosquitto) -> Client:
    """A client of a Home Assistant that shows the agent."""
    del hub
    if not await client.entries("mqtt"):
        await flows.add(client, "mqtt", {"broker": HOST, "port": broker.port})
    await eventually(lambda: state(client, "state"), is_there)
    return client


async def entity_ids(client: Client) -> dict[str, str]:
    """The id of each entity, by its key."""
    return {
        each["unique_id"].removeprefix(f"{AGENT_ID}_"): each["entity_id"]
        for each in await client.entities("mqtt")
    }


async def state(client: Client, key: str) -> str:
    return await client.state((await entity_ids(client)).get(key, ""))


async def announcement(client: Client) -> State:
    """The last step of the last announcement."""
    return (await client.states())[(await entity_ids(client))["announcement"]]


async def spoken_after(client: Client, action: str, data: dict[str, object]) -> bool:
    """Whether an action makes the agent speak to the end."""
    before = (await announcement(client))["state"]
    await client.act(action, data)
    last = await eventually(
        lambda: announcement(client),
        lambda seen: seen["state"] != before and seen["attributes"].get("outcome"),
    )
    return str(last["attributes"]["outcome"]) == "spoken"


async def speaks_and_stops(client: Client) -> None:
    """By its state, which Home Assistant is told again after it missed something."""
    ids = await entity_ids(client)
    await client.act("notify.send_message", {"entity_id": ids["everywhere"], "message": LONG})
    await eventually(lambda: client.state(ids["speaking"]), lambda state: state == "on")
    await client.act("button.press", {"entity_id": ids["stop"]})
    await eventually(lambda: client.state(ids["speaking"]), lambda state: state == "off")


async def test_all_its_entities_are_there_and_have_states(shown: Client) -> None:
    ids = await entity_ids(shown)
    assert set(ids) == ENTITIES
    states = await shown.states()
    hidden = {key for key, entity_id in ids.items() if entity_id not in states}
    assert hidden == HIDDEN
    assert [key for key in ids.keys() - hidden if not is_there(states[ids[key]]["state"])] == []


async def test_it_is_one_device(shown: Client) -> None:
    (device,) = {each["device_id"] for each in await shown.entities("mqtt")}
    (name,) = (each["name"] for each in await shown.devices() if each["id"] == device)
    assert name == "Hub Agent"


@pytest.mark.parametrize("key", ["everywhere", f"room_{ROOMS[0]}"])
async def test_a_notification_is_spoken(shown: Client, key: str) -> None:
    notify = (await entity_ids(shown))[key]
    data: dict[str, object] = {"entity_id": notify, "message": TEXT}
    assert await spoken_after(shown, "notify.send_message", data)


async def test_what_is_typed_is_spoken(shown: Client) -> None:
    say = (await entity_ids(shown))["say"]
    assert await spoken_after(shown, "text.set_value", {"entity_id": say, "value": TEXT})


async def test_stop_ends_what_is_spoken(shown: Client) -> None:
    await speaks_and_stops(shown)


async def test_it_is_missed_and_found_again_after_a_power_cut(shown: Client, hub: Hub) -> None:
    await asyncio.to_thread(hub.kill)
    await eventually(lambda: state(shown, "state"), lambda state: state == "unavailable")
    await asyncio.to_thread(hub.start)
    await eventually(lambda: state(shown, "state"), is_there)


async def test_it_is_there_after_the_broker_lost_everything(
    shown: Client, broker: Mosquitto
) -> None:
    await asyncio.to_thread(broker.kill)
    await eventually(lambda: state(shown, "state"), lambda state: state == "unavailable")
    await asyncio.to_thread(broker.start)
    await eventually(lambda: state(shown, "state"), is_there, within_s=60)
    await speaks_and_stops(shown)


@pytest.mark.usefixtures("shown")
async def test_it_is_there_after_home_assistant_restarts(home: Home) -> None:
    async with home.restarted() as client:
        await eventually(lambda: state(client, "state"), is_there)
        assert set(await entity_ids(client)) == ENTITIES


@pytest.mark.parametrize(
    ("key", "action", "value", "then"),
    [
        ("voice", "select.select_option", {"option": "Grandma"}, "Grandma"),
        ("volume", "number.set_value", {"value": 40}, "40"),
        ("quiet", "switch.turn_on", {}, "on"),
        ("quiet", "switch.turn_off", {}, "off"),
    ],
)
async def test_what_is_turned_is_turned_in_the_agent(
    shown: Client, key: str, action: str, value: dict[str, object], then: str
) -> None:
    entity = (await entity_ids(shown))[key]
    await shown.act(action, {"entity_id": entity, **value})
    await eventually(lambda: shown.state(entity), lambda state: state == then)


async def test_it_goes_when_that_is_switched_off(shown: Client, hub: Hub) -> None:
    await asyncio.to_thread(hub.restart, {"home_assistant": {"enabled": False}})
    await eventually(lambda: entity_ids(shown), lambda ids: not ids)
    assert [each["name"] for each in await shown.devices() if each["name"] == "Hub Agent"] == []
