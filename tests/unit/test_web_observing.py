"""Health and metrics over HTTP."""

from pathlib import Path

import pytest

from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, EventType, Outcome
from hub_agent.errors import UnavailableError
from hub_agent.exchange import NetworkService
from integrations.web.integration import WebIntegration
from integrations.web.settings import WebSettings
from integrations.web.stuck_rooms import LONGEST_SPEECH_S, STUCK_AFTER_S, StuckRooms
from tests.fakes.agent_port import HUB_ID, ScriptedAgentPort
from tests.fakes.web_rig import asking


class Watched(ScriptedAgentPort):
    """An agent whose readiness is given."""

    is_ready = True

    def ready(self) -> bool:
        return self.is_ready


@pytest.fixture
def agent(tmp_path: Path) -> Watched:
    watched = Watched(data_dir=tmp_path)
    watched.report |= {"rooms": {}, "integrations": {"mqtt": True}}
    return watched


async def test_healthy_agent_says_so(agent: Watched) -> None:
    async with asking(agent) as asker:
        answer = await asker.get("/healthz", token=None)
    assert (answer.status, answer.json["ok"]) == (200, True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_agent_that_is_not_ready_says_so_and_what_is_away(agent: Watched) -> None:
    agent.is_ready = False
    agent.report["integrations"] = {"mqtt": False}
    async with asking(agent) as asker:
        answer = await asker.get("/readyz", token=None)
        assert (answer.status, answer.json["integrations"]) == (503, {"mqtt": False})
        agent.is_ready = True
        assert (await asker.get("/readyz", token=None)).status == 200


async def test_metrics_count_what_is_heard(agent: Watched) -> None:
    async with asking(agent) as asker:
        result = AnnouncementResult(id="1", outcome=Outcome.SPOKEN, ttfa_s=0.1, audio_s=1.0)
        agent.emit(AnnouncementEvent(type=EventType.RESULT, id="1", origin="mqtt", result=result))
        answer = await asker.get("/metrics", token=None)
    assert b'hub_agent_announcements_total{outcome="spoken"} 1.0' in answer.body
    assert agent.num_listeners == 0


async def test_what_listens_is_on_offer_as_long_as_it_does(agent: Watched) -> None:
    async with asking(agent):
        (offer,) = agent.exchange.offered(NetworkService)
        assert (offer.type, offer.properties["id"]) == ("_hub-agent._tcp", HUB_ID)
        assert offer.properties["api"] == "1"
    assert agent.exchange.offered(NetworkService) == ()


async def test_port_that_is_taken_is_explained(agent: Watched) -> None:
    async with asking(agent):
        (offer,) = agent.exchange.offered(NetworkService)
        second = WebIntegration(WebSettings(host="127.0.0.1", port=offer.port), agent)
        with pytest.raises(UnavailableError, match=str(offer.port)) as caught:
            await second.run()
        assert not second.ready()
    assert "HUB_AGENT__WEB__PORT" in (caught.value.hint or "")


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
