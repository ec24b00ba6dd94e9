"""Announcements over HTTP."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hub_agent.announcement import InterruptPolicy, Outcome, Priority
from integrations.web.announcing import MOST_WAITING
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.web_rig import asking, until

PAGE = "/api/v1/announcements"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def agent(tmp_path: Path) -> ScriptedAgentPort:
    return ScriptedAgentPort(data_dir=tmp_path)


async def test_every_key_reaches_the_announcement(agent: ScriptedAgentPort) -> None:
    body = {
        "id": "door-1",
        "text": "hello",
        "voice": "anna",
        "rooms": ["kitchen", "home"],
        "priority": "high",
        "volume": 40,
        "chime": True,
        "expires_s": 30,
        "interrupt": "drop",
        "cool_down_s": 5,
    }
    async with asking(agent) as asker:
        answer = await asker.post(PAGE, body)
    assert (answer.status, answer.json) == (202, {"id": "door-1"})
    (said,) = agent.submitted
    assert (said.text, said.voice, said.targets) == ("hello", "anna", ("kitchen", "home"))
    assert (said.priority, said.volume, said.chime) == (Priority.HIGH, 40, "soft")
    assert (said.interrupt, said.expires_s) == (InterruptPolicy.DROP, 30.0)
    assert agent.origins == {"web"}


async def test_who_waits_gets_the_result(agent: ScriptedAgentPort) -> None:
    agent.answer = Outcome.SPOKEN
    async with asking(agent) as asker:
        answer = await asker.post(f"{PAGE}?wait=true", {"id": "a", "text": "hello"})
        assert (answer.status, answer.json["outcome"]) == (200, "spoken")
        assert answer.json["rooms"] == {"home": "spoken"}
        again = await asker.post(f"{PAGE}?wait=true", {"id": "a", "text": "hello"})
        assert again.json["outcome"] == "duplicate"


async def test_result_of_a_repeat_is_not_taken_for_the_first_ones(
    agent: ScriptedAgentPort,
) -> None:
    async with asking(agent) as asker:
        first = asyncio.ensure_future(asker.post(f"{PAGE}?wait=true", {"id": "a", "text": "x"}))
        await until(lambda: agent.submitted)
        again = await asker.post(f"{PAGE}?wait=true", {"id": "a", "text": "x"})
        assert again.json["outcome"] == "duplicate"
        agent.finish("a", Outcome.SPOKEN, origin="mqtt")
        agent.finish("a", Outcome.INTERRUPTED, origin="web")
        assert (await first).json["outcome"] == "interrupted"


async def test_those_who_wait_are_bounded_and_leave_nothing_behind(
    agent: ScriptedAgentPort,
) -> None:
    async with asking(agent) as asker:
        before = agent.num_listeners
        waiting = [
            asyncio.ensure_future(asker.post(f"{PAGE}?wait=true", {"text": "x"}))
            for _ in range(MOST_WAITING)
        ]
        await until(lambda: len(agent.submitted) == MOST_WAITING)
        answer = await asker.post(f"{PAGE}?wait=true", {"text": "x"})
        assert (answer.status, answer.reason) == (503, "busy")
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await until(lambda: agent.num_listeners == before)
        assert (await asker.post(PAGE, {"text": "x"})).status == 202


BAD: list[tuple[bytes, str, int]] = [
    (b"", "bad_json", 400),
    (b"hello", "bad_json", 400),
    (b"[]", "bad_json", 400),
    (b"{", "bad_json", 400),
    (b'{"text": "a", "text": "b"}', "duplicate_key", 400),
    (b'{"text": "a", "volume": NaN}', "bad_json", 400),
    (b'{"text": "a", "expires_s": Infinity}', "bad_json", 400),
    (b'{"text": "a", "expires_s": 1e999}', "bad_expires_s", 400),
    (b'{"text": "\xff"}', "bad_utf8", 400),
    (b'{"text": "\\ud800"}', "bad_text", 400),
    (b'{"text": "a", "txet": "b"}', "unknown_key", 400),
    (b'{"text": "a", "message": "b"}', "unknown_key", 400),
    (b'{"text": "a", "chime": "../../etc/passwd"}', "bad_chime", 400),
    (b'{"text": "a", "rooms": [1]}', "bad_target", 400),
    (b'{"text": "a", "id": "' + b"x" * 65 + b'"}', "bad_id", 400),
    (b'{"text": "' + b"a" * 10_001 + b'"}', "text_too_long", 400),
    (b'{"text": "' + b"a" * 70_000 + b'"}', "too_large", 413),
    (b"[" * 30_000, "bad_json", 400),
]


@pytest.mark.parametrize(("body", "reason", "status"), BAD, ids=[str(n) for n in range(len(BAD))])
async def test_what_cannot_be_understood_is_refused_with_a_reason(
    agent: ScriptedAgentPort, body: bytes, reason: str, status: int
) -> None:
    async with asking(agent) as asker:
        answer = await asker.post(PAGE, data=body, headers=JSON)
    assert (answer.status, answer.reason) == (status, reason)
    assert agent.submitted == []
    error = answer.json["error"]
    assert set(error) == {"reason", "message", "hint"}
    assert "etc" not in json.dumps(error)


async def test_only_json_is_taken(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker:
        answer = await asker.post(
            PAGE, data=b'{"text": "a"}', headers={"Content-Type": "text/plain"}
        )
        assert (answer.status, answer.reason) == (415, "not_json")


@pytest.mark.parametrize("query", ["wait=yes", "wait=true&wait=true", "waiting=true"])
async def test_query_is_read_as_strictly(agent: ScriptedAgentPort, query: str) -> None:
    async with asking(agent) as asker:
        assert (await asker.post(f"{PAGE}?{query}", {"text": "a"})).status == 400
    assert agent.submitted == []


@pytest.mark.parametrize(
    ("body", "stopped"),
    [
        (None, ((), None)),
        ({}, ((), None)),
        ({"rooms": ["all", "home"]}, ((), None)),
        ({"rooms": ["kitchen"]}, (("kitchen",), None)),
        ({"id": "a"}, ((), "a")),
    ],
)
async def test_rooms_and_announcements_are_silenced(
    agent: ScriptedAgentPort, body: Any, stopped: Any
) -> None:
    async with asking(agent) as asker:
        assert (await asker.post("/api/v1/stop", body)).json == {"stopped": 0}
    assert agent.stopped == [stopped]


async def test_handler_that_breaks_tells_nothing(agent: ScriptedAgentPort) -> None:
    agent.broken = True
    async with asking(agent) as asker:
        answer = await asker.post(PAGE, {"text": "Marzipankartoffel"})
        assert (answer.status, answer.reason) == (500, "internal")
        assert b"ZeroDivision" not in answer.body
        assert (await asker.get("/healthz")).status == 200
