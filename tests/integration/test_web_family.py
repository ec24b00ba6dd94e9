"""A family voice over HTTP: only what its owner agreed to, as long as they do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_agent.labels.label import SourceType
from hub_agent.labels.read import read_labels
from tests.fakes.house import House
from tests.fakes.household import scope
from tests.fakes.web_rig import asking
from voices.purpose import Purpose

PAGE = "/api/v1/speech"
PERMITTED = {"voice": "grandma", "purpose": "announcements"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.household.lock()


async def test_consent_is_asked_for_when_speech_is_ordered_and_when_it_is_fetched(
    house: House, tmp_path: Path
) -> None:
    async with house.agent() as agent, asking(agent) as asker:
        refused = await asker.post(PAGE, {"text": "Hello.", "voice": "grandma"})
        assert (refused.status, refused.reason) == (403, "purpose_not_consented")
        assert refused.headers["Content-Type"].startswith("application/json")
        stand_in = await asker.post(
            PAGE, {"text": "Hello.", "voice": "grandma", "stock_fallback": True}
        )
        assert stand_in.status == 200
        spoken = await asker.post(PAGE, {"text": "Hello.", **PERMITTED})
        file = tmp_path / "said.wav"
        file.write_bytes(spoken.body)
        (label,) = read_labels(file)
        assert label.source_type == SourceType.CLONED
        url = (await asker.post(f"{PAGE}/url", {"text": "Hello.", **PERMITTED})).json["url"]
        house.keeper.revoke(house.member)
        answer = await asker.get(url, token=None)
        assert answer.status == 403
        assert b"RIFF" not in answer.body


async def test_voice_of_a_locked_vault_is_refused(house: House) -> None:
    async with house.agent() as agent, asking(agent) as asker:
        agent.family.lock()
        (house.root / "keys" / "vault.key").unlink()
        answer = await asker.post(PAGE, {"text": "Hello.", **PERMITTED})
        assert (answer.status, answer.reason) == (403, "vault_locked")


async def test_only_voices_that_may_assist_are_offered_to_assistants(house: House) -> None:
    async with house.agent() as agent, asking(agent) as asker:
        everyone = (await asker.get("/api/v1/voices")).json["voices"]
        assert [voice["id"] for voice in everyone if voice["kind"] == "family"] == ["grandma"]
        for purpose, offered in (("assistant", []), ("announcements", ["grandma"])):
            voices = (await asker.get(f"/api/v1/voices?purpose={purpose}")).json["voices"]
            assert [voice["id"] for voice in voices if voice["kind"] == "family"] == offered
        house.renew(scope(None, Purpose.ASSISTANT))
        voices = (await asker.get("/api/v1/voices?purpose=assistant")).json["voices"]
        assert "grandma" in [voice["id"] for voice in voices]


async def test_diagnostics_of_a_real_house_name_nobody(house: House) -> None:
    async with house.agent() as agent, asking(agent) as asker:
        await asker.post(PAGE, {"text": "Marzipankartoffel.", **PERMITTED})
        found = (await asker.get("/api/v1/diagnostics")).body.decode()
        names = ("randma", "Marzipan", "kitchen", "hall", str(house.root), asker.token)
        assert not [name for name in names if name in found]
