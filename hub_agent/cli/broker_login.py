"""One connection to an MQTT broker, to see whether it lets us in."""

import os
import secrets
import ssl
import time
from typing import Any, Final

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from hub_agent.errors import BrokerError, HubAgentError, RefusedError
from hub_agent.settings.secret_file import read_secret

TIMEOUT_S: Final = 5.0
KEEP_ALIVE_S: Final = 20
UNSUPPORTED_VERSION: Final = 132


def log_in(section: Any) -> None:
    """Connect as the section `mqtt` says, under a name of its own, and leave again.

    Raises `RefusedError` or `BrokerError`.
    """
    versions = {"5": [MQTTv5], "3.1.1": [MQTTv311]}.get(section.protocol, [MQTTv5, MQTTv311])
    for version in versions:
        answer = _answer(section, version)
        if answer.value == UNSUPPORTED_VERSION and version is not versions[-1]:
            continue
        if answer.is_failure:
            raise _refusal(answer)
        return


def _answer(section: Any, version: MQTTProtocolVersion) -> ReasonCode:
    answers: list[ReasonCode] = []
    client = Client(CallbackAPIVersion.VERSION2, f"doctor-{secrets.token_hex(6)}", protocol=version)
    client.on_connect = lambda _client, _data, _flags, code, _properties: answers.append(code)
    client.connect_timeout = TIMEOUT_S
    _identify(client, section)
    try:
        client.connect(section.host, section.port_in_use(), KEEP_ALIVE_S)
        deadline = time.monotonic() + TIMEOUT_S
        while not answers and time.monotonic() < deadline:
            client.loop(timeout=0.1)
    except ssl.SSLError as error:
        raise _tls_failed() from error
    except OSError as error:
        raise BrokerError("the broker broke the connection", hint=_HINT) from error
    finally:
        client.disconnect()
    if not answers:
        raise BrokerError("what listens there does not speak MQTT", hint=_HINT)
    return answers[0]


_HINT: Final = "look at mqtt.host and mqtt.port: hub-agent config show"


def _identify(client: Client, section: Any) -> None:
    if section.tls.enabled:
        client.tls_set_context(_tls_context(section.tls))
    if section.username is not None:
        password = read_secret(section.password, section.password_file, env=os.environ)
        client.username_pw_set(section.username, password)


def _tls_context(tls: Any) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except (OSError, ssl.SSLError) as error:
        raise _tls_failed() from error
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _tls_failed() -> HubAgentError:
    return RefusedError(
        "the broker and we do not trust each other (TLS)",
        hint="look at mqtt.tls.ca_file, cert_file and key_file: hub-agent config show",
        reason="tls",
    )


def _refusal(answer: ReasonCode) -> HubAgentError:
    return RefusedError(
        f"the broker refuses us: {str(answer).lower()}",
        hint="look at mqtt.username and mqtt.password_file: hub-agent config show",
        reason="broker_refused",
    )
