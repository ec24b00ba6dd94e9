"""State, voices, rooms and preferences over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub_agent.preferences import Preferences
from hub_agent.state_report import state_fields
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.web_rig import asking
from voices.purpose import Purpose
from voices.voice import Voice, VoiceId, VoiceKind

ANNA = Voice(
    id=VoiceId("anna"), name="Anna", languages=("de",), engine="embedded", kind=VoiceKind.FAMILY
)
STOCK = Voice(id=VoiceId("en"), name="English", languages=("en-us",), engine="embedded")
SECRETS = ("Anna", "anna", "Marzipankartoffel", "annas-room", "/home/anna")


class Asked(ScriptedAgentPort):
    """Remembers what it was asked for."""

    asked: tuple[Purpose, str] | None = None

    def voices_for(self, purpose: Purpose, *, origin: str) -> Any:
        self.asked = purpose, origin
        return [STOCK]


@pytest.fixture
def agent(tmp_path: Path) -> Asked:
    agent = Asked(data_dir=tmp_path, rooms=("home", "living_room"))
    agent.known_voices = [ANNA, STOCK]
    return agent


async def test_state_is_told(agent: Asked) -> None:
    async with asking(agent) as asker:
        assert (await asker.get("/api/v1/state")).json == state_fields(agent)


async def test_voices_are_those_that_may_speak_for_a_purpose(agent: Asked) -> None:
    async with asking(agent) as asker:
        everyone = (await asker.get("/api/v1/voices")).json
        assert everyone["voices"][0] == {
            "id": "anna",
            "name": "Anna",
            "languages": ["de"],
            "engine": "embedded",
            "kind": "family",
        }
        assert (len(everyone["voices"]), everyone["default"]) == (2, None)
        some = (await asker.get("/api/v1/voices?purpose=assistant")).json
        assert [voice["id"] for voice in some["voices"]] == ["en"]
        assert agent.asked == (Purpose.ASSISTANT, "web")
        assert (await asker.get("/api/v1/voices?purpose=x")).reason == "bad_purpose"
        assert (await asker.get("/api/v1/voices?porpoise=x")).reason == "unknown_key"


async def test_rooms_have_names_to_show(agent: Asked) -> None:
    async with asking(agent) as asker:
        assert (await asker.get("/api/v1/rooms")).json == {
            "rooms": [{"id": "home", "name": "Home"}, {"id": "living_room", "name": "Living room"}],
            "default": "home",
        }


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ({}, Preferences(voice="anna", volume=50)),
        ({"volume": 0}, Preferences(voice="anna", volume=0)),
        ({"quiet": True}, Preferences(voice="anna", volume=50, quiet=True)),
        ({"voice": None}, Preferences(volume=50)),
        ({"voice": ""}, Preferences(volume=50)),
        ({"voice": "en", "volume": 7}, Preferences(voice="en", volume=7)),
    ],
)
async def test_only_what_is_given_is_turned(agent: Asked, body: Any, after: Preferences) -> None:
    agent.preferred = Preferences(voice="anna", volume=50)
    async with asking(agent) as asker:
        answer = await asker.ask("PATCH", "/api/v1/preferences", body)
    assert answer.json == state_fields(agent)
    assert agent.preferred == after


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"volume": 101}, "bad_volume"),
        ({"volume": "7"}, "bad_volume"),
        ({"volume": True}, "bad_volume"),
        ({"volume": None}, "bad_null"),
        ({"quiet": "yes"}, "bad_quiet"),
        ({"voice": 7}, "bad_voice"),
        ({"volumes": 7}, "unknown_key"),
        ([], "bad_json"),
    ],
)
async def test_what_cannot_be_turned_is_refused_as_a_whole(
    agent: Asked, body: Any, reason: str
) -> None:
    async with asking(agent) as asker:
        answer = await asker.ask("PATCH", "/api/v1/preferences", body)
    assert (answer.status, answer.reason) == (400, reason)
    assert agent.preferred == Preferences()


async def test_diagnostics_hold_nothing_that_is_not_on_their_list(agent: Asked) -> None:
    secret = "Marzipankartoffel"
    agent.report |= {
        "rooms": {"annas-room": {"waiting": 1, "speaking": True, "text": secret, secret: secret}},
        "integrations": {"mqtt": True, "radio": secret},
        "engines": {"embedded": True},
        "outcomes": {"spoken": 3},
        "path": "/home/anna",
        "vault": "unlocked",
    }
    async with asking(agent) as asker:
        answer = await asker.get("/api/v1/diagnostics")
        found = answer.body.decode()
        assert not [word for word in (*SECRETS, asker.token) if word in found]
    report = json.loads(found)
    assert report["voices"] == {"family": 1, "stock": 1}
    assert report["health"]["outcomes"] == {"spoken": 3}
    assert report["rooms"][0]["waiting"] == 1
    assert report["versions"]["aiohttp"]
