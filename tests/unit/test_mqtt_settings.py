import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from integrations.mqtt import plugin
from integrations.mqtt.settings import MqttSettings

UNTIL_NEEDED = ("aiomqtt", "paho", "numpy", "structlog")


def test_the_plugin_is_cheap_until_the_adapter_is_created() -> None:
    program = (
        "import sys, integrations.mqtt as m; m.plugin.settings();"
        f"print([name for name in {UNTIL_NEEDED!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_the_plugin_names_the_settings() -> None:
    assert plugin.settings is MqttSettings
    assert MqttSettings().enabled


def test_the_port_follows_encryption_unless_it_is_set() -> None:
    assert MqttSettings().port_in_use() == 1883
    assert MqttSettings.model_validate({"tls": {"enabled": True}}).port_in_use() == 8883
    assert MqttSettings.model_validate({"tls": {"enabled": True}, "port": 1}).port_in_use() == 1


def test_the_client_id_comes_from_the_agent_unless_it_is_set() -> None:
    assert MqttSettings().client_id_for("hub") == "hub-mqtt"
    assert MqttSettings(client_id="mine").client_id_for("hub") == "mine"


@pytest.mark.parametrize(
    "values",
    [
        {"base_topic": ""},
        {"base_topic": "a/#"},
        {"base_topic": "+/b"},
        {"base_topic": "/a"},
        {"base_topic": "a/"},
        {"base_topic": "$SYS"},
        {"base_topic": "a\0b"},
        {"port": 0},
        {"protocol": "4"},
        {"password": "secret"},
        {"username": "u", "password": "secret", "password_file": "/run/secret"},
        {"tls": {"key_file": "/key.pem"}},
        {"reconnect": {"min_s": 5, "max_s": 1}},
        {"hermes": {"site_ids": []}},
        {"hots": "localhost"},
    ],
)
def test_settings_that_cannot_work_are_refused_without_showing_values(
    values: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError) as caught:
        MqttSettings.model_validate(values)
    assert "secret" not in str(caught.value)


def fields_of(model: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, field in model.model_fields.items():
        found.append((f"{model.__name__}.{name}", field))
        if hasattr(field.annotation, "model_fields"):
            found.extend(fields_of(field.annotation))
    return found


@pytest.mark.parametrize(("name", "field"), fields_of(MqttSettings))
def test_every_field_is_explained(name: str, field: Any) -> None:
    assert field.title, name
    assert field.description, name
