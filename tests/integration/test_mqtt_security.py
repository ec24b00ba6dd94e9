"""Passwords and certificates, right and wrong."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from hub_agent.errors import SettingsError
from integrations.mqtt.integration import MqttIntegration
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.broker import Gate, Mosquitto, Peer, eventually, mosquitto_program
from tests.fakes.mqtt_rig import running, settings_for

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="the mosquitto program is missing"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Certificates of one household."""

    authority: Path
    server: Path
    client: Path
    stranger: Path


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    authority, stranger = trustme.CA(), trustme.CA()
    names = Papers(
        authority=folder / "authority.pem",
        server=folder / "server.pem",
        client=folder / "client.pem",
        stranger=folder / "stranger.pem",
    )
    authority.cert_pem.write_to_path(names.authority)
    stranger.cert_pem.write_to_path(names.stranger)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(names.server)
    authority.issue_cert("hub").private_key_and_cert_chain_pem.write_to_path(names.client)
    return names


@pytest.fixture
def encrypted(tmp_path: Path, papers: Papers) -> Iterator[Mosquitto]:
    lines = (
        f"cafile {papers.authority}",
        f"certfile {papers.server}",
        f"keyfile {papers.server}",
        "require_certificate true",
    )
    with Mosquitto(tmp_path, *lines) as broker:
        yield broker


async def test_the_agent_and_the_broker_prove_who_they_are(
    encrypted: Mosquitto, papers: Papers
) -> None:
    tls = {"enabled": True, "ca_file": papers.authority, "cert_file": papers.client}
    async with running(settings_for(encrypted.port, tls=tls), ScriptedAgentPort()) as integration:
        assert integration.ready()


async def test_a_check_of_the_broker_can_be_switched_off(
    encrypted: Mosquitto, papers: Papers
) -> None:
    tls = {"enabled": True, "insecure": True, "cert_file": papers.client}
    async with running(settings_for(encrypted.port, tls=tls), ScriptedAgentPort()) as integration:
        assert integration.ready()


# The MQTT client leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_that_cannot_be_trusted_is_named_once(
    encrypted: Mosquitto, papers: Papers, capsys: pytest.CaptureFixture[str]
) -> None:
    tls = {"enabled": True, "ca_file": papers.stranger, "cert_file": papers.client}
    settings = settings_for(encrypted.port, tls=tls)
    async with running(settings, ScriptedAgentPort(), wait=False) as integration:
        await eventually(lambda: "certificate" in capsys.readouterr().out)
        assert not integration.ready()
    gc.collect()


async def test_certificates_that_are_not_there_end_the_adapter_with_a_hint(
    encrypted: Mosquitto, tmp_path: Path
) -> None:
    tls = {"enabled": True, "ca_file": tmp_path / "missing.pem"}
    adapter = MqttIntegration(settings_for(encrypted.port, tls=tls), ScriptedAgentPort(), env={})
    with pytest.raises(SettingsError, match=r"missing\.pem"):
        await adapter.run()


async def test_a_wrong_password_is_said_once_and_the_right_one_gets_in_without_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = Mosquitto(tmp_path)
    broker.set_passwords({"hub": "right"})
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    settings = settings_for(broker.port, username="hub", password_file=secret)
    agent = ScriptedAgentPort()
    with broker:
        async with running(settings, agent, wait=False) as integration:
            await eventually(lambda: integration._link.attempts >= 3)
            assert not integration.ready()
            secret.write_text("right\n")
            await eventually(integration.ready)
            async with Peer(broker.port, "peer", username="hub", password="right") as peer:
                peer.publish("hub_agent/speak", "hello")
                await eventually(lambda: agent.submitted)
    said = capsys.readouterr().out
    assert said.count("refused user name or password") == 1
    assert "wrong" not in said
    assert "right" not in said


async def test_a_broker_that_learns_the_password_later_lets_the_agent_in(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.set_passwords({"someone": "else"})
    settings = settings_for(broker.port, username="hub", password="right")
    with broker:
        async with running(settings, ScriptedAgentPort(), wait=False) as integration:
            await eventually(lambda: integration._link.attempts >= 2)
            broker.kill()
            broker.set_passwords({"hub": "right"})
            broker.start()
            await eventually(integration.ready)


async def test_a_broker_that_allows_no_subscription_is_said_to_do_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Mosquitto(tmp_path) as broker:
        async with (
            Gate(broker.port, refuse_subscriptions=True).open() as gate,
            running(settings_for(gate.port), ScriptedAgentPort(), wait=False) as adapter,
        ):
            await eventually(lambda: adapter._link.attempts >= 2)
            assert not adapter.ready()
    assert capsys.readouterr().out.count("does not let us subscribe") == 1
