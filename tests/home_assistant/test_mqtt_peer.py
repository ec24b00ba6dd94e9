"""The rig itself: a device announced over MQTT appears in Home Assistant."""

import json

import pytest

from tests.fakes.broker import HOST, Mosquitto, Peer
from tests.home_assistant import flows
from tests.home_assistant.client import Client, eventually

pytestmark = pytest.mark.home_assistant

_DEVICE = {
    "device": {"identifiers": ["lamp"], "name": "Lamp"},
    "origin": {"name": "test"},
    "availability": [{"topic": "lamp/availability"}],
    "components": {
        "power": {
            "platform": "sensor",
            "unique_id": "lamp_power",
            "name": "Power",
            "state_topic": "lamp/power",
        }
    },
}


async def test_an_announced_device_appears_with_its_state(
    client: Client, broker: Mosquitto
) -> None:
    await flows.add(client, "mqtt", {"broker": HOST, "port": broker.port})
    async with Peer(broker.port, "lamp") as lamp:
        lamp.publish("homeassistant/device/lamp/config", json.dumps(_DEVICE), retain=True)
        lamp.publish("lamp/availability", "online", retain=True)
        lamp.publish("lamp/power", "7", retain=True)
        await eventually(lambda: client.state("sensor.lamp_power"), lambda state: state == "7")
    assert [device["name"] for device in await client.devices() if device["name"] == "Lamp"]
