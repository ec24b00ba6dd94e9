"""An MQTT client that comes back at once."""

import time

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

_PAUSE_S = 0.02
_MOST_IN_FLIGHT = 200


def persistent_client(client_id: str) -> mqtt.Client:
    """A client whose session the broker keeps, and that tries again every few milliseconds.

    The library waits whole seconds between attempts, too long beside a broker that is killed
    every few: so it is told not to wait, and waits before each attempt instead.
    """
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
    client.reconnect_delay_set(0, 0)
    client.on_pre_connect = _pause
    client.max_queued_messages_set(0)
    client.max_inflight_messages_set(_MOST_IN_FLIGHT)
    return client


def _pause(_client: mqtt.Client, _data: object) -> None:
    time.sleep(_PAUSE_S)
