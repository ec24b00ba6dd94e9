"""The rig itself: every release starts, restarts and survives a power cut."""

import asyncio

import pytest

from tests.home_assistant.client import Client
from tests.home_assistant.home import Home

pytestmark = pytest.mark.home_assistant

INSTALLED_WITH_PIP = "deprecated_method"


async def test_it_runs_with_nothing_to_repair(home: Home, client: Client) -> None:
    assert (await client.rest.get("/api/config"))["version"] == home.program.runtime.version
    assert {issue["issue_id"] for issue in await client.issues()} <= {INSTALLED_WITH_PIP}


async def test_its_recorder_is_there(client: Client) -> None:
    assert await client.state("media_player.recorder") == "idle"


async def test_its_user_may_come_back_after_a_restart(home: Home) -> None:
    async with home.restarted() as client:
        assert await client.is_running()


async def test_it_starts_after_a_power_cut(home: Home) -> None:
    await asyncio.to_thread(home.program.kill)
    await asyncio.to_thread(home.program.start)
    await home.wait_until_running()
