"""How a program gets the token by asking."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hub_agent import __version__
from hub_agent.access import Access
from tests.fakes.agent_port import HUB_ID, ScriptedAgentPort
from tests.fakes.clock import FakeClock
from tests.fakes.web_rig import asking

PAGE = "/api/v1/pair"
CLIENT = {"client": "Home Assistant"}


@pytest.fixture
def agent(tmp_path: Path) -> ScriptedAgentPort:
    return ScriptedAgentPort(data_dir=tmp_path, clock=FakeClock())


async def test_agent_says_who_it_is_to_everybody_at_home(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker:
        hello = (await asker.get("/api/v1/hello", token=None)).json
    assert hello == {
        "hub_id": HUB_ID,
        "agent_id": "test_agent",
        "name": "Test Agent",
        "version": __version__,
        "api": 1,
        "pairing": True,
    }


async def test_first_that_asks_gets_the_token_and_nobody_after(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker:
        asked = [asker.post(PAGE, CLIENT, token=None) for _ in range(10)]
        answers = await asyncio.gather(*asked)
        assert [answer.json for answer in answers if answer.status == 200] == [
            {"token": asker.token}
        ]
        assert {answer.reason for answer in answers} == {None, "pairing_closed"}
        assert not (await asker.get("/api/v1/hello", token=None)).json["pairing"]
        assert await asyncio.to_thread(agent.access.was_paired)


async def test_agent_is_open_for_as_long_as_the_settings_say(agent: ScriptedAgentPort) -> None:
    async with asking(agent, pairing_minutes=2) as asker:
        assert agent.access.pairing
        await agent.clock.sleep(121)
        answer = await asker.post(PAGE, CLIENT, token=None)
        assert (answer.status, answer.reason) == (403, "pairing_closed")
    async with asking(agent, pairing_minutes=0):
        assert not agent.access.pairing


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "bad_client"),
        ({"client": ""}, "bad_client"),
        ({"client": 7}, "bad_client"),
        ({"client": "x" * 65}, "bad_client"),
        ({"client": "a\nb"}, "bad_client"),
        ({"client": "x", "token": "y"}, "unknown_key"),
    ],
)
async def test_request_that_is_wrong_closes_nothing(
    agent: ScriptedAgentPort, body: Any, reason: str
) -> None:
    async with asking(agent) as asker:
        answer = await asker.post(PAGE, body, token=None)
        assert (answer.status, answer.reason) == (400, reason)
        assert agent.access.pairing


async def test_disk_that_takes_nothing_costs_no_pairing(
    agent: ScriptedAgentPort, tmp_path: Path
) -> None:
    folder = tmp_path / "full"
    agent.access = Access(tmp_path / "web.token", folder / "web.paired", agent.clock)
    async with asking(agent) as asker:
        assert (await asker.post(PAGE, CLIENT, token=None)).status == 500
        folder.mkdir()
        assert (await asker.post(PAGE, CLIENT, token=None)).json == {"token": asker.token}


async def test_form_of_a_foreign_page_cannot_pair(agent: ScriptedAgentPort) -> None:
    """Browsers send such a body without asking; its answer they would not show, but it would
    close the pairing.
    """
    async with asking(agent) as asker:
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = await asker.post(
                PAGE, token=None, data=b'{"client": "x"}', headers={"Content-Type": kind}
            )
            assert (answer.status, answer.reason) == (415, "not_json")
        assert agent.access.pairing
