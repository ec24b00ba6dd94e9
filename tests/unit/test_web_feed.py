"""What is told as it happens, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub_agent.announcement import Announcement, AnnouncementEvent, EventType, Outcome
from hub_agent.preferences import Preferences
from hub_agent.state_report import state_fields
from integrations.web import feed
from integrations.web.feed import MOST_UNSENT
from integrations.web.telling import MOST_CLIENTS
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.house import House
from tests.fakes.web_rig import Asker, asking, until

PAGE = "/api/v1/events"
ANNOUNCEMENT = "announcement"


@pytest.fixture
def agent(tmp_path: Path) -> ScriptedAgentPort:
    return ScriptedAgentPort(data_dir=tmp_path)


class Heard:
    """Events as they come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.comments = 0

    async def next(self) -> tuple[str, Any]:
        async with asyncio.timeout(10):
            while True:
                block = (await self.response.content.readuntil(b"\n\n")).decode().strip()
                if block.startswith(":"):
                    self.comments += 1
                    continue
                name, data = block.split("\n")
                return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def next_of(self, wanted: str) -> Any:
        while True:
            name, data = await self.next()
            if name == wanted:
                return data


@asynccontextmanager
async def hearing(asker: Asker) -> AsyncIterator[Heard]:
    async with asker.session.get(asker.url + PAGE, headers=asker.headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield Heard(response)


async def test_state_comes_first_and_again_when_it_changes(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker, hearing(asker) as heard:
        assert await heard.next() == ("state", state_fields(agent))
        agent.prefer(Preferences(volume=7))
        name, state = await heard.next()
        assert (name, state["volume"]) == ("state", 7)


async def test_states_are_few_and_the_last_one_always_comes(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker, hearing(asker) as heard:
        await heard.next()
        began = asyncio.get_running_loop().time()
        seen: list[int] = []
        for volume in range(1, 101):
            agent.prefer(Preferences(volume=volume))
            await asyncio.sleep(0.005)
        while not seen or seen[-1] != 100:
            seen.append((await heard.next_of("state"))["volume"])
        lasted = asyncio.get_running_loop().time() - began
        assert len(seen) <= lasted / 0.25 + 1
        agent.changes.tell()
        agent.prefer(Preferences(volume=3))
        assert (await heard.next_of("state"))["volume"] == 3


async def test_steps_of_announcements_are_told_without_text(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker, hearing(asker) as heard:
        await heard.next()
        agent.emit(AnnouncementEvent(type=EventType.QUEUED, id="a", origin="mqtt"))
        agent.finish("a", Outcome.REFUSED, reason="no_consent")
        first, last = await heard.next_of(ANNOUNCEMENT), await heard.next_of(ANNOUNCEMENT)
    assert first == {"event_type": "queued", "id": "a", "origin": "mqtt"}
    assert (last["event_type"], last["outcome"], last["reason"]) == (
        "refused",
        "refused",
        "no_consent",
    )


async def test_silence_is_broken_by_signs_of_life(
    agent: ScriptedAgentPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SIGN_OF_LIFE_S", 0.02)
    async with asking(agent) as asker, hearing(asker) as heard:
        await heard.next()
        await asyncio.sleep(0.7)
        agent.prefer(Preferences(volume=1))
        await heard.next()
        assert heard.comments >= 2


async def test_nothing_more_is_told_to_whoever_has_the_old_token(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker, hearing(asker) as heard:
        await heard.next()
        agent.access.renew()
        agent.prefer(Preferences(volume=7))
        with pytest.raises(aiohttp.ClientPayloadError):
            await heard.next()


async def test_listeners_are_bounded_and_leave_nothing_behind(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker:
        before = agent.num_listeners
        listening = [
            await asker.session.get(asker.url + PAGE, headers=asker.headers)
            for _ in range(MOST_CLIENTS)
        ]
        answer = await asker.get(PAGE)
        assert (answer.status, answer.reason) == (503, "busy")
        for each in listening:
            each.close()
        await until(lambda: agent.num_listeners == before)
        async with hearing(asker):
            pass


async def test_client_that_leaves_too_much_unread_is_dropped(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker:
        before = agent.num_listeners
        port = int(asker.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        head = f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {asker.token}\r\n"
        writer.write(f"{head}\r\n".encode())
        await until(lambda: agent.num_listeners > before)
        event = AnnouncementEvent(type=EventType.STARTED, id="x" * 64, origin="mqtt")
        for _ in range(MOST_UNSENT + 1):
            agent.emit(event)
        agent.emit(replace(event, id="last"))
        await until(lambda: agent.num_listeners == before)
        writer.close()
        del reader


async def test_listener_that_does_not_read_is_dropped_in_time(
    agent: ScriptedAgentPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "STALLED_S", 0.05)
    stuck = feed.Feed(agent)
    with pytest.raises(Exception, match="does not read") as caught:
        await stuck.run(_never)
    assert getattr(caught.value, "reason", "") == "reader_stalled"
    assert agent.num_listeners == 0


async def _never(data: bytes) -> None:
    del data
    await asyncio.Event().wait()


async def test_state_after_an_announcement_is_that_of_silence(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.agent() as agent, asking(agent) as asker, hearing(asker) as heard:
        assert (await heard.next_of("state"))["status"] == "idle"
        agent.submit(Announcement(text="Hello.", targets=("hall",)), origin="test")
        assert (await heard.next_of("state"))["status"] == "speaking"
        state = await heard.next_of("state")
        while state["status"] != "idle":
            state = await heard.next_of("state")
        assert state["ttfa_ms"] is not None
    house.household.lock()
