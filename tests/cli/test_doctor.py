"""`hub-agent doctor`."""

import json
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub_agent.cli import checkup_machine
from hub_agent.cli.checkup import Status
from hub_agent.cli.checkup_machine import check_clock, check_disk, check_permissions, check_python
from hub_agent.cli.checkup_peers import check_broker
from hub_agent.cli.main import app
from hub_agent.paths import control_socket, data_folder, mark_key_file
from hub_agent.service.lock import LOCK_NAME
from hub_agent.settings.load import load_settings
from tests.cli.in_process import command_line
from tests.fakes.broker import Mosquitto, free_port

CHECKS = [
    "python",
    "settings",
    "clock",
    "disk",
    "permissions",
    "engine",
    "family engines",
    "computing",
    "watermark",
    "audio",
    "family",
    "audit",
    "broker",
    "agent",
]


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


def settings_file(folder: Path, **settings: Any) -> str:
    file = folder / "s.yaml"
    rooms = {"lab": {"sinks": [{"type": "null"}]}}
    file.write_text(json.dumps({"rooms": rooms, **settings}))
    return str(file)


def test_healthy_machine_passes(runner: CliRunner, tmp_path: Path) -> None:
    done = runner.invoke(app, ["doctor", "--json", "--config", settings_file(tmp_path)])
    report = json.loads(done.stdout)
    assert [check["check"] for check in report["checks"]] == CHECKS
    assert report["ok"], report
    assert done.exit_code == 0


def test_a_broken_key_of_the_mark_is_named(runner: CliRunner, tmp_path: Path) -> None:
    settings = settings_file(tmp_path)
    data = load_settings(Path(settings), env={}).core.data_dir or data_folder()
    mark_key_file(data).parent.mkdir(parents=True, exist_ok=True)
    mark_key_file(data).write_bytes(b"broken")
    done = runner.invoke(app, ["doctor", "--json", "--config", settings])
    (found,) = [c for c in json.loads(done.stdout)["checks"] if c["check"] == "watermark"]
    assert found["status"] == Status.FAIL
    assert found["mend"].startswith("rm ")
    assert mark_key_file(data).read_bytes() == b"broken"


def test_every_failure_comes_with_what_mends_it(runner: CliRunner, tmp_path: Path) -> None:
    mqtt = {"enabled": True, "host": "127.0.0.1", "port": free_port()}
    rooms = {"lab": {"sinks": [{"type": "device", "device": "no such card"}]}}
    file = settings_file(tmp_path, mqtt=mqtt, rooms=rooms)
    done = runner.invoke(app, ["doctor", "--json", "--config", file])
    checks = json.loads(done.stdout)["checks"]
    failed = {check["check"] for check in checks if check["status"] == "fail"}
    assert failed == {"audio", "broker"}
    assert all(check["mend"] for check in checks if check["status"] != "ok")
    assert done.exit_code == 1


def test_table_is_for_people(runner: CliRunner, tmp_path: Path) -> None:
    mqtt = {"enabled": True, "host": "127.0.0.1", "port": free_port()}
    done = runner.invoke(app, ["doctor", "--config", settings_file(tmp_path, mqtt=mqtt)])
    assert "ok    python" in done.stdout
    assert "fail  broker" in done.stdout
    assert "→ sudo apt-get install mosquitto" in done.stdout


def test_bad_settings_do_not_keep_the_rest_from_being_checked(
    runner: CliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("speech: {rate: fast}")
    done = runner.invoke(app, ["doctor", "--json", "--config", str(file)])
    checks = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["settings"]["status"] == "fail"
    assert "bad.yaml:1:16" in checks["settings"]["what"]
    assert checks["engine"]["status"] == "ok"


def test_python_of_the_tests_is_new_enough() -> None:
    assert check_python().status is Status.OK


@pytest.mark.parametrize(
    ("year", "synchronised", "status"),
    [
        (1970, "yes", Status.FAIL),
        (2026, "no", Status.WARN),
        (2026, "yes", Status.OK),
        (2026, None, Status.OK),
    ],
)
def test_clock_must_be_plausible_and_kept(
    monkeypatch: pytest.MonkeyPatch, year: int, synchronised: str | None, status: Status
) -> None:
    monkeypatch.setattr(checkup_machine, "_timedatectl", lambda _: synchronised)
    assert check_clock(datetime(year, 1, 1, tzinfo=UTC)).status is status


@pytest.mark.parametrize(
    ("free", "status"), [(10**6, Status.FAIL), (10**8, Status.WARN), (10**10, Status.OK)]
)
def test_disk_must_have_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, status: Status
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    assert check_disk(tmp_path / "not" / "yet").status is status


def test_open_data_folder_of_an_agent_is_warned_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert check_permissions(tmp_path).status is Status.OK
    (tmp_path / LOCK_NAME).write_text("")
    check = check_permissions(tmp_path)
    assert check.status is Status.WARN
    assert check.mend == f"chmod 700 {tmp_path}"


def test_open_socket_fails(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(control_socket(tmp_path)))
        control_socket(tmp_path).chmod(0o666)
        assert check_permissions(tmp_path).status is Status.FAIL
        control_socket(tmp_path).chmod(0o600)
        assert check_permissions(tmp_path).status is Status.OK


def test_file_in_place_of_the_data_folder_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert check_permissions(tmp_path / "file").status is Status.FAIL


def broker_settings(folder: Path, **mqtt: Any) -> Any:
    file = settings_file(folder, mqtt={"enabled": True, "host": "127.0.0.1", **mqtt})
    return load_settings(Path(file), env={})


@pytest.mark.broker
def test_broker_that_lets_us_in_is_fine(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        for protocol in ("auto", "5", "3.1.1"):
            check = check_broker(broker_settings(tmp_path, port=broker.port, protocol=protocol))
            assert check.status is Status.OK, check


@pytest.mark.broker
def test_broker_that_refuses_our_password_fails(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.set_passwords({"hub": "right"})
    with broker:
        wrong = broker_settings(tmp_path, port=broker.port, username="hub", password="wrong")
        check = check_broker(wrong)
        assert check.status is Status.FAIL
        assert "refuses us" in check.what
        assert "wrong" not in check.what
        right = broker_settings(tmp_path, port=broker.port, username="hub", password="right")
        assert check_broker(right).status is Status.OK


@pytest.mark.broker
@pytest.mark.filterwarnings(
    # paho leaves the socket of a failed handshake to the garbage collector
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_broker_that_is_to_speak_tls_and_does_not_fails(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        check = check_broker(broker_settings(tmp_path, port=broker.port, tls={"enabled": True}))
    assert check.status is Status.FAIL


def test_something_else_that_listens_is_no_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub_agent.cli import broker_login

    monkeypatch.setattr(broker_login, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        check = check_broker(broker_settings(tmp_path, port=port, protocol="3.1.1"))
    assert check.status is Status.FAIL
    assert "MQTT" in check.what


def test_host_that_has_no_address_fails(tmp_path: Path) -> None:
    check = check_broker(broker_settings(tmp_path, host="no-such-host.invalid"))
    assert check.status is Status.FAIL
    assert check.mend == "getent hosts no-such-host.invalid"
