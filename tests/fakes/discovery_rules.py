"""What Home Assistant 2025.4 and later demand of an MQTT discovery message of a device."""

import re
from collections.abc import Mapping
from typing import Any

import jinja2

COMMON = {
    "p",
    "name",
    "unique_id",
    "default_entity_id",
    "icon",
    "entity_category",
    "enabled_by_default",
    "device_class",
}
READ = {"state_topic", "value_template"}
COMMANDED = {"command_topic", "command_template"}
KEYS = {
    "binary_sensor": READ | {"payload_on", "payload_off"},
    "button": COMMANDED | {"payload_press"},
    "event": READ | {"event_types"},
    "notify": COMMANDED,
    "number": READ | COMMANDED | {"min", "max", "step", "mode", "unit_of_measurement"},
    "select": READ | COMMANDED | {"options"},
    "sensor": READ
    | {"options", "state_class", "unit_of_measurement"}
    | {"json_attributes_topic", "json_attributes_template"},
    "switch": READ | {"command_topic", "payload_on", "payload_off"},
    "text": READ | COMMANDED | {"min", "max", "mode"},
}
"""Platforms that may be in the message, and what each understands; the rest is dropped silently."""

TIME_KEYS = READ | COMMANDED
REQUIRED = {
    "binary_sensor": {"state_topic"},
    "button": {"command_topic"},
    "event": {"state_topic", "event_types"},
    "notify": {"command_topic"},
    "number": {"command_topic"},
    "select": {"command_topic", "options"},
    "sensor": {"state_topic"},
    "switch": {"command_topic"},
    "text": {"command_topic"},
}
CATEGORIES = {"binary_sensor": {"diagnostic"}, "sensor": {"diagnostic"}, "event": {"diagnostic"}}
"""Those that only show something are no configuration."""

DEVICE_CLASSES = {
    "binary_sensor": {"problem", "sound"},
    "sensor": {"date", "duration", "enum", "timestamp"},
}
UNITS = {"duration": {"d", "h", "min", "s", "ms"}}
DEVICE_KEYS = {"identifiers", "name", "manufacturer", "model", "sw_version"}
MESSAGE_KEYS = {"device", "origin", "availability", "availability_mode", "qos"}
ENTITY_ID = re.compile(r"[a-z_]+\.(?!_)(?!.*__)[a-z0-9_]+(?<!_)")
MAX_STATE_CHARS = 255


def check_device_message(message: Mapping[str, Any]) -> None:
    """Fail on whatever would make Home Assistant refuse or misunderstand the message."""
    assert message.keys() == MESSAGE_KEYS | {"components"}
    _check_frame(message)
    shown = {key: c for key, c in message["components"].items() if c.keys() != {"p"}}
    for component in message["components"].values():
        assert component["p"] in KEYS, "one unknown platform discards the whole message"
    for component in shown.values():
        platform = component["p"]
        assert component.keys() <= COMMON | KEYS[platform]
        assert component.keys() >= {"name", "unique_id"} | REQUIRED[platform]
        _check_component(platform, component)
    ids = [(component["p"], component["unique_id"]) for component in shown.values()]
    assert len(set(ids)) == len(ids)


def check_time_message(message: Mapping[str, Any]) -> None:
    """The same for a message of one `time` component."""
    assert message.keys() <= MESSAGE_KEYS | (COMMON - {"p"}) | TIME_KEYS
    _check_frame(message)
    _check_component("time", message)


def _check_frame(message: Mapping[str, Any]) -> None:
    assert message["device"].keys() <= DEVICE_KEYS
    assert message["device"]["identifiers"]
    assert message["origin"]["name"]
    assert message["qos"] in {0, 1, 2}
    assert all(each["topic"] for each in message["availability"])
    assert message["availability_mode"] in {"all", "any", "latest"}


def _check_component(platform: str, component: Mapping[str, Any]) -> None:
    assert ENTITY_ID.fullmatch(component["default_entity_id"])
    assert component["default_entity_id"].startswith(f"{platform}.")
    category = component.get("entity_category", "diagnostic")
    assert category in CATEGORIES.get(platform, {"config", "diagnostic"})
    for key, value in component.items():
        if key.endswith("_topic"):
            assert not set("+#") & set(value)
        if key.endswith("_template"):
            jinja2.Environment(autoescape=False).parse(value)  # noqa: S701 - no page is made
    _check_values(platform, component)


def _check_values(platform: str, component: Mapping[str, Any]) -> None:
    device_class = component.get("device_class")
    assert device_class is None or device_class in DEVICE_CLASSES[platform]
    if device_class == "enum":
        assert component["options"]
        assert not {"state_class", "unit_of_measurement"} & component.keys()
    if device_class in {"date", "timestamp"}:
        assert not {"state_class", "unit_of_measurement"} & component.keys()
    if device_class in UNITS:
        assert component["unit_of_measurement"] in UNITS[device_class]
    for name in ("options", "event_types"):
        assert len(set(component.get(name, ()))) == len(component.get(name, ()))
    if platform == "text":
        assert 0 <= component["min"] <= component["max"] <= MAX_STATE_CHARS
    if platform == "number":
        assert component["min"] < component["max"]


def rendered(template: str, **values: Any) -> str:
    """A template as Home Assistant renders it."""
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - no page is made
    return environment.from_string(template).render(**values)
