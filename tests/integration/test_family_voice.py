"""An agent that speaks in the voice of a person: through real vault, engine, pipeline and rooms."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, Outcome
from hub_agent.control.client import ControlClient
from hub_agent.control.server import ControlServer
from hub_agent.errors import HubAgentError
from hub_agent.paths import control_socket, ledger_folder, vault_folder
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.trust import VaultSettings
from tests.fakes.house import LONG, QUIET, RATE, House, into
from tests.fakes.household import PASSPHRASE, enrol, scope
from tests.fakes.playing import until
from voices.consent.scope import Scope
from voices.errors import VoicesError
from voices.household import Household
from voices.purpose import Purpose
from voices.vault.header import HEADER_NAME
from voices.voice import VoiceKind
from voices.watermark.detector import detect
from voices.watermark.keys import epoch_key, epoch_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.household.lock()


async def test_a_person_is_called_by_id_or_name_and_speaks(house: House) -> None:
    async with house.agent() as agent:
        stock, plain = await into(agent, Announcement(text="Dinner is ready."))
        for name in ("grandma", "GRANDMA"):
            result, _ = await into(agent, Announcement(text="Dinner is ready.", voice=name))
            assert (result.outcome, result.voice) == (Outcome.SPOKEN, "grandma")
        _, speech = await into(agent, Announcement(text="Dinner is ready.", voice="Grandma"))
        assert stock.voice == "en-us"
    assert 0.01 < float(np.sqrt(np.mean(speech**2))) < 0.3
    shortest = min(plain.size, speech.size)
    assert abs(float(np.corrcoef(plain[:shortest], speech[:shortest])[0, 1])) < 0.5


async def test_every_language_can_be_spoken_in_the_voice(house: House) -> None:
    async with house.agent() as agent:
        for language, text in (("de", "Das Essen ist fertig."), ("cmn", "晚饭好了。")):
            wanted = Announcement(text=text, voice="grandma", language=language)
            result, speech = await into(agent, wanted)
            assert result.outcome is Outcome.SPOKEN
            assert speech.size > RATE / 2


async def test_what_a_person_says_carries_the_mark_of_this_home(house: House) -> None:
    strangers = [epoch_key(bytes(32), epoch_of(datetime.now(UTC)))]
    async with house.agent() as agent:
        _, speech = await into(agent, Announcement(text=LONG, voice="grandma"))
    keys = house.said_keys()
    heard = detect(speech, RATE, keys, other_speeds=False)
    assert heard.detected
    assert heard.payload is not None
    assert not detect(speech, RATE, strangers, other_speeds=False).detected


async def test_another_purpose_is_refused_and_nobody_else_speaks(house: House) -> None:
    async with house.agent() as agent:
        wanted = Announcement(text="Hello", voice="grandma", purpose=Purpose.TOYS)
        result, speech = await into(agent, wanted)
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "purpose_not_consented")
    assert not speech.size


async def test_a_stock_voice_stands_in_where_it_is_allowed_and_the_result_says_so(
    house: House,
) -> None:
    async with house.agent() as agent:
        wanted = Announcement(
            text="Hello", voice="grandma", purpose=Purpose.TOYS, stock_fallback=True
        )
        result, speech = await into(agent, wanted)
    assert (result.outcome, result.voice) == (Outcome.SPOKEN, "en-us")
    assert result.voice_refused == "purpose_not_consented"
    assert speech.size


async def test_each_room_is_asked_for_by_itself(house: House) -> None:
    terms = scope(None, Purpose.ANNOUNCEMENTS)
    house.renew(Scope(purposes=terms.purposes, until=terms.until, rooms=("kitchen",)))
    async with house.agent() as agent:
        everywhere = Announcement(text="Hello", voice="grandma", targets=("all",))
        result = await agent.say(everywhere, origin="test")
    assert result.rooms == {"kitchen": Outcome.SPOKEN, "hall": Outcome.REFUSED}


async def test_withdrawing_silences_the_voice_in_the_middle_of_a_word(house: House) -> None:
    async with house.agent() as agent:
        wanted = Announcement(text=LONG, voice="grandma", targets=("hall",))
        saying = asyncio.ensure_future(agent.say(wanted, origin="test"))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await asyncio.sleep(0.3)
        await asyncio.to_thread(house.keeper.revoke, house.member)
        async with asyncio.timeout(1.5):
            result = await saying
        assert (result.outcome, result.reason) == (Outcome.REFUSED, "consent_revoked")
        assert result.audio_s < 3.0
        again = await agent.say(wanted, origin="test")
        assert again.outcome in (Outcome.REFUSED, Outcome.DUPLICATE)
        assert not [voice for voice in agent.voices() if voice.id == "grandma"]


async def test_a_voice_enrolled_while_the_agent_runs_speaks_at_once(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "vault.key"
    core = CoreSettings(rooms={"kitchen": QUIET}, vault=VaultSettings(key_file=key))
    (tmp_path / "data").mkdir()
    async with Agent(Settings(core=core), data_dir=tmp_path / "data") as agent:
        early, _ = await into(agent, Announcement(text="Hello", voice="grandma"))
        assert early.reason == "unknown_voice"
        await asyncio.to_thread(House, tmp_path)
        late, speech = await into(agent, Announcement(text="Hello", voice="grandma"))
        assert late.outcome is Outcome.SPOKEN
        assert speech.size


async def test_a_locked_vault_leaves_the_stock_voices(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    household = Household.create(vault_folder(data), ledger_folder(data), [PASSPHRASE])
    enrol(household)
    core = CoreSettings(rooms={"kitchen": QUIET}, vault=VaultSettings(key_file=tmp_path / "none"))
    async with Agent(Settings(core=core), data_dir=data) as agent:
        result, _ = await into(agent, Announcement(text="Hello", voice="grandma"))
        assert (result.outcome, result.reason) == (Outcome.REFUSED, "vault_locked")
        stock, _ = await into(agent, Announcement(text="Hello"))
        assert stock.outcome is Outcome.SPOKEN
        path = control_socket(data)
        async with ControlServer(agent, path):
            client = ControlClient(data)
            with pytest.raises((HubAgentError, VoicesError), match="pass"):
                await client.unlock("wrong passphrase")
            assert agent.health()["vault"] == "locked"
            await client.unlock(PASSPHRASE.text)
            assert "grandma" in {voice.id for voice in await client.voices()}
            await client.lock()
            assert agent.health()["vault"] == "locked"


@pytest.mark.parametrize("before_the_start", [True, False])
async def test_a_damaged_vault_leaves_the_stock_voices_and_everything_else(
    house: House, before_the_start: bool
) -> None:
    header = vault_folder(house.root / "data") / HEADER_NAME
    if before_the_start:
        header.write_bytes(b"{")
    async with house.agent() as agent:
        assert agent.state().family_voices == (0 if before_the_start else 1)
        header.write_bytes(b"{")
        assert {voice.kind for voice in agent.voices()} == {VoiceKind.STOCK}
        assert agent.voices_for(Purpose.ASSISTANT, origin="wyoming")
        assert (agent.state().family_voices, agent.health()["vault"]) == (0, "locked")
        refused, _ = await into(agent, Announcement(text="Hello", voice="grandma"))
        assert (refused.outcome, refused.reason) == (Outcome.FAILED, "vault_damaged")
        stock, _ = await into(agent, Announcement(text="Hello"))
        assert stock.outcome is Outcome.SPOKEN
