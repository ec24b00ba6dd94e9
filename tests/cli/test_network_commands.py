"""The commands `token` and `pair`, and a running agent."""

import http.client
import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.cli.running import AgentProcess, command, running


def ask(agent: AgentProcess, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    method = "GET" if body is None else "POST"
    port = agent.log_lines("web ready")[-1]["port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection):
        connection.request(method, f"/api/v1/{path}", json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.load(response)
    return response.status, answer["error"]["reason"] if "error" in answer else answer


@contextmanager
def listening(
    folder: Path, settings: Mapping[str, Any] | None = None, *, starts: int = 1
) -> Iterator[AgentProcess]:
    with running(folder, settings) as agent:
        agent.wait_log("web ready", starts)
        yield agent


def run(agent: AgentProcess, *arguments: str) -> dict[str, Any]:
    done = command(agent.folder, *arguments, "--json", HUB_AGENT__DATA_DIR=str(agent.data_dir))
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def test_token_is_the_same_until_it_is_renewed(tmp_path: Path) -> None:
    first = command(tmp_path, "token")
    assert first.returncode == 0
    assert command(tmp_path, "token").stdout == first.stdout
    renewed = command(tmp_path, "token", "--renew")
    assert renewed.stdout != first.stdout
    assert command(tmp_path, "token").stdout == renewed.stdout


def test_program_pairs_once_and_is_out_when_the_token_is_renewed(tmp_path: Path) -> None:
    with listening(tmp_path) as agent:
        assert ask(agent, "hello")[1]["pairing"] is True
        status, answer = ask(agent, "pair", {"client": "Home Assistant"})
        token = answer["token"]
        assert (status, ask(agent, "state", token=token)[0]) == (200, 200)
        assert ask(agent, "pair", {"client": "Somebody"}) == (403, "pairing_closed")
        assert run(agent, "token")["token"] == token
        renewed = run(agent, "token", "--renew")["token"]
        assert ask(agent, "state", token=token) == (401, "bad_token")
        assert ask(agent, "state", token=renewed)[0] == 200
        assert run(agent, "pair") == {"pairing_s": 300.0}
        assert ask(agent, "hello")[1]["pairing"] is True
        assert ask(agent, "pair", {"client": "x"}) == (200, {"token": renewed})
        assert token not in agent.log_text()
        assert renewed not in agent.log_text()
        agent.write_settings({"web": {"enabled": False}})
        agent.signal(signal.SIGHUP)
        agent.wait_log("settings applied")
        done = command(tmp_path, "pair", HUB_AGENT__DATA_DIR=str(agent.data_dir))
        assert done.returncode == 69
        assert b"web.enabled" in done.stderr


def test_agent_that_was_paired_is_not_open_after_its_next_start(tmp_path: Path) -> None:
    with listening(tmp_path) as agent:
        assert ask(agent, "pair", {"client": "x"})[0] == 200
    with listening(tmp_path, starts=2) as agent:
        assert ask(agent, "hello")[1]["pairing"] is False
        assert ask(agent, "pair", {"client": "x"}) == (403, "pairing_closed")


def test_pairing_needs_an_agent_that_runs(tmp_path: Path) -> None:
    done = command(tmp_path, "pair")
    assert done.returncode == 69
    assert b"hint: hub-agent run" in done.stderr
