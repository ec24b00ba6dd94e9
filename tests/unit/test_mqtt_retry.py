import ssl
from pathlib import Path

import pytest
import structlog

from hub_agent.errors import BrokerError, RefusedError, SettingsError
from integrations.mqtt.refusals import (
    NO_ANSWER,
    NoAnswerError,
    WrongProtocolError,
    loss_by_code,
    refusal_by_code,
    refusal_by_message,
)
from integrations.mqtt.retry import OutageLog, ProtocolChoice, ReconnectPauses
from integrations.mqtt.settings import MqttTlsSettings, ReconnectSettings
from integrations.mqtt.tls import tls_context

GONE = BrokerError("gone")
REFUSED = RefusedError("no", reason="credentials_refused")


def pauses() -> ReconnectPauses:
    return ReconnectPauses(ReconnectSettings(min_s=1, max_s=8, refused_s=60))


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    chosen = pauses()
    delays = [chosen.next_s(GONE, 0.0) for _ in range(6)]
    for delay, full in zip(delays, [1, 2, 4, 8, 8, 8], strict=True):
        assert full / 2 <= delay <= full
    assert len(set(delays)) == 6


def test_a_healthy_connection_makes_the_next_wait_short_again() -> None:
    chosen = pauses()
    for _ in range(5):
        chosen.next_s(GONE, 0.5)
    assert chosen.next_s(GONE, 3600.0) <= 1.0


def test_a_refusal_is_tried_again_slowly_and_does_not_lengthen_other_waits() -> None:
    chosen = pauses()
    assert all(30 <= chosen.next_s(REFUSED, 0.0) <= 60 for _ in range(5))
    assert chosen.next_s(GONE, 0.0) <= 1.0


def test_automatic_protocol_tries_the_other_version_once_at_once() -> None:
    choice = ProtocolChoice("auto")
    tried = [(choice.is_5, choice.failed(certain=False)) for _ in range(4)]
    assert tried == [(True, True), (False, False), (True, False), (False, False)]


@pytest.mark.parametrize("certain", [True, False])
def test_a_broker_that_refused_a_version_is_believed_and_a_silent_one_asked_again(
    certain: bool,
) -> None:
    choice = ProtocolChoice("auto")
    assert choice.failed(certain=certain)
    choice.worked()
    choice.lost()
    assert choice.is_5 is not certain


@pytest.mark.parametrize(("wish", "is_5"), [("5", True), ("3.1.1", False)])
def test_a_protocol_that_was_set_is_kept(wish: str, is_5: bool) -> None:
    choice = ProtocolChoice("5" if wish == "5" else "3.1.1")
    assert not choice.failed(certain=True)
    assert choice.is_5 is is_5


def test_an_outage_is_said_once_when_lost_and_once_when_back() -> None:
    outages = OutageLog("broker:1883")
    with structlog.testing.capture_logs() as logs:
        outages.connected(0.0, "5")
        for now in range(10, 20):
            outages.lost(GONE, float(now))
        outages.connected(30.0, "5")
    said = [(entry["log_level"], entry["event"]) for entry in logs]
    assert said == [
        ("info", "broker connected"),
        ("warning", "broker lost"),
        ("info", "broker back"),
    ]
    assert logs[-1]["away_s"] == 20.0


def test_a_refusal_during_an_outage_is_an_error_with_a_hint_said_once() -> None:
    outages = OutageLog("broker:1883")
    refused = refusal_by_code(135)
    assert isinstance(refused, RefusedError)
    with structlog.testing.capture_logs() as logs:
        for fault in (GONE, refused, GONE, refused):
            outages.lost(fault, 0.0)
    assert [entry["log_level"] for entry in logs] == ["warning", "error"]
    assert "password" in logs[1]["hint"]


@pytest.mark.parametrize("code", [4, 5, 134, 135])
def test_wrong_credentials_are_a_refusal(code: int) -> None:
    assert isinstance(refusal_by_code(code), RefusedError)


@pytest.mark.parametrize("code", [1, 132])
def test_an_unknown_version_is_a_reason_to_try_the_other(code: int) -> None:
    assert isinstance(refusal_by_code(code), WrongProtocolError)


@pytest.mark.parametrize("code", [2, 133, 138])
def test_other_refusals_say_what_to_do(code: int) -> None:
    assert refusal_by_code(code).hint


def test_a_busy_broker_is_tried_again_soon() -> None:
    assert not isinstance(refusal_by_code(137), RefusedError)
    assert not isinstance(refusal_by_message("[Errno 111] Connection refused"), RefusedError)


def test_an_untrusted_certificate_is_a_refusal_and_silence_a_protocol_matter() -> None:
    untrusted = refusal_by_message("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    assert isinstance(untrusted, RefusedError)
    assert isinstance(refusal_by_message("Operation timed out"), NoAnswerError)
    assert isinstance(refusal_by_message(NO_ANSWER), NoAnswerError)


def test_two_agents_with_one_client_id_are_told_so() -> None:
    assert "agent_id" in str(loss_by_code(142).hint)
    assert isinstance(loss_by_code(0), BrokerError)


def test_tls_checks_names_and_authorities_unless_told_not_to() -> None:
    assert tls_context(MqttTlsSettings()).verify_mode == ssl.CERT_REQUIRED
    assert tls_context(MqttTlsSettings(insecure=True)).verify_mode == ssl.CERT_NONE


def test_unusable_certificates_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")
    for settings in (
        MqttTlsSettings(ca_file=broken),
        MqttTlsSettings(ca_file=tmp_path / "missing.pem"),
        MqttTlsSettings(cert_file=broken),
    ):
        with pytest.raises(SettingsError, match="pem") as caught:
            tls_context(settings)
        assert caught.value.hint
