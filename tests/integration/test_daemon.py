"""The agent as a service, as its service manager and its people see it."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_agent.announcement import AnnouncementResult, Outcome
from hub_agent.control.messages import SayRequest
from hub_agent.errors import UnavailableError
from tests.cli.running import (
    HUB_AGENT,
    PACED_ROOM,
    TIMEOUT_S,
    AgentProcess,
    command,
    environment,
    running,
    until,
)

LEAVE_S = 8.0
READY_S = 5.0
"""The promise is one second; a busy test machine may need more."""
SENTENCES = "This is one sentence of many. " * 30
MARKER = "Marzipankartoffel"


def get(agent: AgentProcess, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{agent.web_port()}{path}"
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def say_and_terminate(agent: AgentProcess, text: str) -> AnnouncementResult:
    """SIGTERM in the middle of an announcement."""
    started = asyncio.Event()

    def on_event(header: Any) -> None:
        if header.get("event") == "first_audio":
            started.set()

    async with asyncio.TaskGroup() as group:
        saying = group.create_task(agent.client.say(SayRequest(text=text), on_event))
        await started.wait()
        agent.signal(signal.SIGTERM)
    return saying.result()


def test_service_manager_hears_ready_status_and_stopping(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        assert agent.ready_after_s < READY_S
        assert "STATUS=ready, 1 room" in agent.hear("STATUS=")
        agent.signal(signal.SIGTERM)
        assert agent.hear("STOPPING=1")
        assert agent.wait() == 0


def test_watchdog_is_fed(tmp_path: Path) -> None:
    agent = AgentProcess(tmp_path)
    agent.extra = {"WATCHDOG_USEC": "400000"}
    with agent:
        for _ in range(3):
            assert agent.hear("WATCHDOG=1")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_agent_leaves_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as agent:
        agent.signal(number)
        assert agent.wait() == 0
    assert agent.log_lines("agent leaves")
    assert not list(agent.data_dir.glob("*.sock"))


def test_sigterm_lets_the_sentence_end_and_answers_for_it(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        result = asyncio.run(say_and_terminate(agent, SENTENCES))
        assert agent.wait() == 0
    assert result.outcome is Outcome.INTERRUPTED
    assert 1.0 < result.audio_s < LEAVE_S


def test_agent_leaves_in_time_in_the_middle_of_a_sentence_without_end(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        began = time.monotonic()
        result = asyncio.run(say_and_terminate(agent, "and on " * 1000))
        code, _ = agent.stop()
        assert time.monotonic() - began < LEAVE_S
    assert code == 0
    assert result.outcome is Outcome.INTERRUPTED


def test_agent_starts_after_a_power_cut(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        agent.kill()
        assert (agent.data_dir / "control.sock").exists()
    with running(tmp_path) as agent:
        until(lambda: agent.health()["ready"])


def test_sighup_applies_good_settings(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        rooms = {"home": PACED_ROOM, "kitchen": PACED_ROOM}
        agent.write_settings({"rooms": rooms, "log": {"level": "debug"}})
        agent.signal(signal.SIGHUP)
        assert agent.hear("RELOADING=1")
        assert agent.hear("READY=1")
        assert set(agent.health()["rooms"]) == {"home", "kitchen"}
        assert agent.log_lines("settings applied")[0]["changed"] == ["log", "rooms"]


def test_sighup_with_bad_settings_keeps_the_old_ones_and_names_all_problems(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as agent:
        agent.write_file("speech:\n  rate: fast\nrooms:\n  Kitchen: {}\nnonsense: 1\n")
        agent.signal(signal.SIGHUP)
        line = agent.wait_log("settings kept")
        for where in ("hub-agent.yaml:2:9", "hub-agent.yaml:4:3", "hub-agent.yaml:5:1"):
            assert where in line["why"]
        assert set(agent.health()["rooms"]) == {"home"}
        agent.write_settings({"rooms": {"attic": PACED_ROOM}})
        agent.signal(signal.SIGHUP)
        agent.wait_log("settings applied")
        assert set(agent.health()["rooms"]) == {"attic"}


def test_web_pages_move_when_their_settings_change(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        assert get(agent, "/healthz")[0] == 200
        agent.write_settings({"web": {"enabled": False}})
        agent.signal(signal.SIGHUP)
        agent.wait_log("settings applied")
        with pytest.raises(urllib.error.URLError):
            get(agent, "/healthz")


def test_agent_whose_broker_is_away_speaks_but_is_not_ready(tmp_path: Path) -> None:
    mqtt = {"enabled": True, "host": "127.0.0.1", "port": 1}
    with running(tmp_path, {"mqtt": mqtt}) as agent:
        status, body = get(agent, "/readyz")
        assert status == 503
        assert json.loads(body)["integrations"]["mqtt"] is False
        result = asyncio.run(agent.client.say(SayRequest(text="Hello.")))
        assert result.outcome is Outcome.SPOKEN


def test_taken_web_port_does_not_keep_the_agent_from_speaking(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    with (
        running(first) as one,
        running(second, {"web": {"port": one.web_port()}}) as two,
    ):
        line = two.wait_log("part failed")
        assert line["part"] == "integration.web"
        assert str(one.web_port()) in line["why"]
        assert two.health()["integrations"]["web"] is False
        result = asyncio.run(two.client.say(SayRequest(text="Hello.")))
        assert result.outcome is Outcome.SPOKEN


def test_error_in_a_callback_ends_the_agent_with_70(tmp_path: Path) -> None:
    agent = AgentProcess(tmp_path)
    agent.program = (sys.executable, "-c", BREAKING)
    with agent:
        assert agent.wait() == 70
    assert "ZeroDivisionError" in agent.log_text()
    assert "the agent broke and left" in agent.log_text()


BREAKING = """
import asyncio, sys
from hub_agent.service import daemon
from hub_agent.cli.main import main
tell = daemon.notify
def notify(*words):
    if "READY=1" in words:
        asyncio.get_running_loop().call_later(0.1, lambda: 1 / 0)
    return tell(*words)
daemon.notify = notify
main()
"""


def test_error_in_a_task_ends_the_agent_with_70(tmp_path: Path) -> None:
    agent = AgentProcess(tmp_path)
    agent.program = (sys.executable, "-c", BREAKING_TASK)
    with agent:
        assert agent.wait() == 70
    assert "ZeroDivisionError" in agent.log_text()


BREAKING_TASK = """
from hub_agent.service import service_manager
from hub_agent.cli.main import main
def status_line(health):
    raise ZeroDivisionError
service_manager.status_line = status_line
main()
"""


@pytest.mark.parametrize("home", ["/sys/kernel", "/proc/nobody"])
def test_home_that_cannot_be_written_is_explained(tmp_path: Path, home: str) -> None:
    done = command(tmp_path, "run", HOME=home, XDG_DATA_HOME=f"{home}/share")
    assert done.returncode == 77
    assert f"data folder {home}/share/hub-agent cannot be made".encode() in done.stderr
    assert b"HUB_AGENT__DATA_DIR=" in done.stderr


def test_no_agent_answers_after_it_left(tmp_path: Path) -> None:
    with running(tmp_path) as agent:
        agent.stop()
        with pytest.raises(UnavailableError):
            agent.health()


def test_second_signal_ends_the_sentence_too(tmp_path: Path) -> None:
    with running(tmp_path) as agent:

        async def say_and_interrupt_twice() -> AnnouncementResult:
            async with asyncio.TaskGroup() as group:
                saying = group.create_task(say_and_terminate(agent, SENTENCES))
                await asyncio.to_thread(agent.hear, "STOPPING=1")
                agent.signal(signal.SIGINT)
            return saying.result()

        result = asyncio.run(say_and_interrupt_twice())
        assert agent.wait() == 0
    assert result.outcome is Outcome.INTERRUPTED
    assert result.audio_s < 1.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentProcess]:
    """One agent for the tests that leave it as it was."""
    with running(tmp_path_factory.mktemp("shared"), {"log": {"level": "debug"}}) as agent:
        yield agent


def test_second_agent_on_the_same_folder_is_told_who_holds_it(shared: AgentProcess) -> None:
    second = command(shared.folder, "run", "--config", str(shared.folder / "hub-agent.yaml"))
    assert second.returncode == 69
    assert f"process {shared.pid}".encode() in second.stderr
    assert f"kill {shared.pid}".encode() in second.stderr
    assert shared.health()["ready"]


def test_health_readiness_and_metrics_are_served(shared: AgentProcess) -> None:
    asyncio.run(shared.client.say(SayRequest(text="Hello.")))
    assert get(shared, "/healthz")[0] == 200
    assert get(shared, "/readyz")[0] == 200
    metrics = get(shared, "/metrics")[1]
    assert re.search(r'hub_agent_announcements_total{outcome="spoken"} [1-9]', metrics)
    assert 'hub_agent_queue_length{room="home"} 0.0' in metrics
    assert 'hub_agent_engine_loaded{engine="embedded"} 1.0' in metrics


def test_data_folder_and_all_in_it_are_private(shared: AgentProcess) -> None:
    assert shared.data_dir.stat().st_mode & 0o077 == 0
    for path in shared.data_dir.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_is_said_shows_nowhere(shared: AgentProcess) -> None:
    for wish in ({"rooms": ("home",)}, {"rooms": ("attic",)}, {"voice": "nobody"}):
        asyncio.run(shared.client.say(SayRequest.model_validate({"text": MARKER, **wish})))
    pages = [get(shared, path)[1] for path in ("/healthz", "/readyz", "/metrics")]
    files = [path for path in shared.data_dir.rglob("*") if path.is_file()]
    kept = [path.read_text(errors="replace") for path in files]
    assert len(shared.log_lines("announcement finished")) >= 3
    for shown in (shared.log_text(), json.dumps(shared.health()), *pages, *kept):
        assert MARKER.lower() not in shown.lower()


def test_client_that_is_killed_leaves_the_agent_well(shared: AgentProcess) -> None:
    async def killed() -> str:
        request = SayRequest(text=SENTENCES, stream=True)
        async with shared.client.stream(request) as stream:
            async for _ in stream.chunks():
                break
        return request.id

    gone = asyncio.run(killed())
    until(lambda: gone in {each["announcement"] for each in finished(shared)})
    assert asyncio.run(shared.client.say(SayRequest(text="Hello."))).outcome is Outcome.SPOKEN
    assert shared.health()["open_announcements"] == 0


def test_interrupted_command_silences_what_it_asked_for(shared: AgentProcess) -> None:
    with subprocess.Popen(
        [*HUB_AGENT, "say", SENTENCES, "--config", str(shared.folder / "hub-agent.yaml")],
        env=environment(shared.folder),
        stderr=subprocess.DEVNULL,
    ) as saying:
        until(lambda: shared.health()["rooms"]["home"]["speaking"])
        saying.send_signal(signal.SIGINT)
        assert saying.wait(TIMEOUT_S) == 130
    until(lambda: finished(shared)[-1]["outcome"] == "interrupted")


def finished(agent: AgentProcess) -> list[dict[str, Any]]:
    return agent.log_lines("announcement finished")
