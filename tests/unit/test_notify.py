"""Words to the service manager."""

import os
import socket
from pathlib import Path

import pytest

from hub_agent.service.notify import notify, watchdog_interval_s


def test_nobody_listening_is_no_error(tmp_path: Path) -> None:
    assert not notify("READY=1", env={})
    assert not notify("READY=1", env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert not notify("READY=1", env={"NOTIFY_SOCKET": "vsock:2:1"})


def test_assignments_arrive_as_lines(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(path)
        assert notify("READY=1", "STATUS=well", env={"NOTIFY_SOCKET": path})
        assert ear.recv(100) == b"READY=1\nSTATUS=well"


def test_abstract_sockets_are_understood() -> None:
    name = f"hub-agent-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + name)
        assert notify("READY=1", env={"NOTIFY_SOCKET": "@" + name})
        assert ear.recv(100) == b"READY=1"


def test_full_ear_does_not_hold_us_up(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(path)
        while notify("WATCHDOG=1", env={"NOTIFY_SOCKET": path}):
            pass


def test_watchdog_is_fed_twice_per_timeout() -> None:
    assert watchdog_interval_s({"WATCHDOG_USEC": "30000000"}) == 15.0
    pid = str(os.getpid())
    assert watchdog_interval_s({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": pid}) == 1.0


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"WATCHDOG_USEC": "x"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"},
    ],
)
def test_without_a_watchdog_of_ours_nothing_is_fed(env: dict[str, str]) -> None:
    assert watchdog_interval_s(env) is None
