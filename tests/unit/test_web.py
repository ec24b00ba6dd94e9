"""Health and metrics over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, EventType, Outcome
from hub_agent.errors import UnavailableError
from hub_agent.settings.models import WebSettings
from hub_agent.web import LONGEST_SPEECH_S, STUCK_AFTER_S, StuckRooms, WebServer, host_allowed


class Watched:
    """An agent as the web pages see it."""

    def __init__(self) -> None:
        self.is_ready = True
        self.report: dict[str, Any] = {"rooms": {}, "integrations": {"mqtt": True}}
        self.listeners: list[Callable[[AnnouncementEvent], None]] = []

    def ready(self) -> bool:
        return self.is_ready

    def health(self) -> dict[str, Any]:
        return self.report

    def listen(self, listener: Callable[[AnnouncementEvent], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


@asynccontextmanager
async def serving(agent: Watched) -> AsyncIterator[Callable[..., Any]]:
    settings = WebSettings(port=0)
    async with WebServer(agent, settings) as server, aiohttp.ClientSession() as session:

        async def get(path: str, **headers: str) -> tuple[int, str]:
            url = f"http://127.0.0.1:{server.port}{path}"
            async with session.get(url, headers=headers) as response:
                assert response.headers.get("X-Content-Type-Options") == "nosniff" or (
                    response.status == 421
                )
                return response.status, await response.text()

        yield get


async def test_healthy_agent_says_so() -> None:
    async with serving(Watched()) as get:
        status, body = await get("/healthz")
    assert status == 200
    assert '"ok": true' in body


async def test_agent_that_is_not_ready_says_so_and_what_is_away() -> None:
    agent = Watched()
    agent.is_ready = False
    agent.report["integrations"] = {"mqtt": False}
    async with serving(agent) as get:
        status, body = await get("/readyz")
        assert status == 503
        assert '"mqtt": false' in body
        agent.is_ready = True
        assert (await get("/readyz"))[0] == 200


async def test_metrics_count_what_is_heard() -> None:
    agent = Watched()
    async with serving(agent) as get:
        result = AnnouncementResult(id="1", outcome=Outcome.SPOKEN, ttfa_s=0.1, audio_s=1.0)
        event = AnnouncementEvent(type=EventType.RESULT, id="1", origin="mqtt", result=result)
        for listener in agent.listeners:
            listener(event)
        _, body = await get("/metrics")
    assert 'hub_agent_announcements_total{outcome="spoken"} 1.0' in body
    assert not agent.listeners


async def test_page_that_was_led_here_by_a_foreign_name_is_turned_away() -> None:
    async with serving(Watched()) as get:
        status, body = await get("/metrics", Host="evil.example:80")
    assert status == 421
    assert "hub_agent" not in body


async def test_port_that_is_taken_is_explained() -> None:
    async with WebServer(Watched(), WebSettings(port=0)) as first:
        with pytest.raises(UnavailableError, match=str(first.port)) as caught:
            async with WebServer(Watched(), WebSettings(port=first.port)):
                pass
    assert "HUB_AGENT__WEB__PORT" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8731", True),
        ("127.0.0.1:8731", True),
        ("[::1]:8731", True),
        ("192.168.1.7", True),
        ("hub.example:8731", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_addresses_and_our_own_names_are_meant_for_us(header: str, *, allowed: bool) -> None:
    assert host_allowed(header, "hub.example") is allowed


def test_room_in_which_nothing_moves_is_stuck_after_a_while() -> None:
    stuck = StuckRooms()
    waiting = {"rooms": {"kitchen": {"waiting": 1, "speaking": False}}}
    assert stuck.among(waiting, 100.0) == []
    assert stuck.among(waiting, 100.0 + STUCK_AFTER_S) == []
    assert stuck.among(waiting, 101.0 + STUCK_AFTER_S) == ["kitchen"]


def test_room_that_moves_again_is_not_stuck() -> None:
    stuck = StuckRooms()
    waiting = {"rooms": {"kitchen": {"waiting": 1, "speaking": False}}}
    speaking = {"rooms": {"kitchen": {"waiting": 1, "speaking": True, "speaking_for_s": 1.0}}}
    stuck.among(waiting, 100.0)
    stuck.among(speaking, 110.0)
    assert stuck.among(waiting, 111.0 + STUCK_AFTER_S) == []


def test_room_that_speaks_without_end_is_stuck() -> None:
    report = {"speaking": True, "speaking_for_s": LONGEST_SPEECH_S + 1}
    assert StuckRooms().among({"rooms": {"kitchen": report}}, 0.0) == ["kitchen"]
