from dataclasses import replace
from pathlib import Path

import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, Outcome, Priority
from hub_agent.errors import NotFoundError
from hub_agent.hub_id import hub_id
from hub_agent.paths import preferences_file
from hub_agent.preferences import KeptPreferences, Preferences
from hub_agent.settings.models import CoreSettings, RoomSettings, SpeechSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings
from hub_agent.state import AgentStatus
from tests.fakes.engine import FakeEngine, registry_of
from tests.fakes.house import House, into
from tests.fakes.household import scope
from tests.fakes.playing import until
from voices.purpose import Purpose
from voices.vault.slots import KeyFile

LOUD = RoomSettings(sinks=(NullSinkSettings(type="null"),))
CORE = CoreSettings(rooms={"kitchen": LOUD}, speech=SpeechSettings(engine="fake", language="en"))


def agent_in(folder: Path) -> Agent:
    return Agent(Settings(core=CORE), data_dir=folder, engines=registry_of(FakeEngine()))


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"[1]",
        b"{",
        b"\xff\xfe",
        b'{"volume": "loud", "voice": 7, "quiet": 1}',
        b"x" * 9999,
        b"[" * 4096,
    ],
)
def test_a_file_that_makes_no_sense_costs_only_the_preferences(
    tmp_path: Path, written: bytes
) -> None:
    path = tmp_path / "preferences.json"
    path.write_bytes(written)
    assert KeptPreferences(path).now == Preferences()


def test_a_volume_out_of_range_is_brought_into_it(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_text('{"volume": 300}')
    assert KeptPreferences(path).now.volume == 100


async def test_what_the_household_turned_outlives_the_agent(tmp_path: Path) -> None:
    wish = Preferences(voice="de", volume=30, quiet=True)
    async with agent_in(tmp_path) as agent:
        agent.prefer(wish)
    async with agent_in(tmp_path) as agent:
        assert agent.preferences() == wish
        assert (agent.state().volume, agent.state().status) == (30, AgentStatus.QUIET)


async def test_what_was_turned_is_on_the_disk_before_the_power_can_fail(tmp_path: Path) -> None:
    async with agent_in(tmp_path) as agent:
        agent.prefer(Preferences(volume=30))
        await until(preferences_file(tmp_path).exists)
        assert KeptPreferences(preferences_file(tmp_path)).now.volume == 30


async def test_a_disk_that_takes_nothing_does_not_stop_the_household(tmp_path: Path) -> None:
    async with agent_in(tmp_path) as agent:
        preferences_file(tmp_path).mkdir()
        agent.prefer(Preferences(volume=30))
        assert agent.preferences().volume == 30


async def test_while_quiet_only_critical_announcements_are_spoken(tmp_path: Path) -> None:
    async with agent_in(tmp_path) as agent:
        agent.prefer(Preferences(quiet=True))
        outcomes = [
            (await agent.say(Announcement(text="Hello", priority=priority), origin="test")).outcome
            for priority in (Priority.HIGH, Priority.CRITICAL)
        ]
        assert outcomes == [Outcome.REFUSED, Outcome.SPOKEN]


async def test_the_preferred_voice_speaks_where_none_is_named(tmp_path: Path) -> None:
    async with agent_in(tmp_path) as agent:
        agent.prefer(Preferences(voice="de"))
        result = await agent.say(Announcement(text="Hallo", language="de"), origin="test")
        assert result.voice == "de"
        with pytest.raises(NotFoundError):
            agent.prefer(Preferences(voice="nobody"))
        voice = agent.state().voice
        assert voice is not None
        assert voice.id == "de"


async def test_everybody_who_watches_hears_of_a_change(tmp_path: Path) -> None:
    async with agent_in(tmp_path) as agent:
        told: list[int] = []
        stop = agent.watch(lambda: told.append(agent.state().volume))
        agent.prefer(Preferences(volume=10))
        await agent.reload(Settings(core=CORE))
        stop()
        agent.prefer(Preferences(volume=20))
        assert told.count(10) >= 2
        assert 20 not in told


async def test_a_preferred_person_is_kept_without_being_named(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.agent() as agent:
        agent.prefer(Preferences(voice="Grandma"))
        voice = agent.state().voice
        assert voice is not None
        assert voice.id == "grandma"
        result, _ = await into(agent, Announcement(text="Dinner is ready."))
        assert result.voice == "grandma"
    kept = preferences_file(tmp_path / "data").read_text().lower()
    assert "grandma" not in kept
    async with house.agent() as agent:
        result, _ = await into(agent, Announcement(text="Dinner is ready."))
        assert result.voice == "grandma"
    house.household.lock()


async def test_a_preferred_person_who_withdrew_is_silent_and_no_longer_named(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    async with house.agent() as agent:
        agent.prefer(Preferences(voice="grandma"))
        house.renew(scope(None, Purpose.STORIES))
        limited, _ = await into(agent, Announcement(text="Dinner is ready."))
        assert (limited.outcome, limited.reason) == (Outcome.REFUSED, "purpose_not_consented")
        house.keeper.revoke(house.member)
        refused, _ = await into(agent, Announcement(text="Dinner is ready."))
        assert (refused.outcome, refused.reason) == (Outcome.REFUSED, "consent_revoked")
        allowed = Announcement(text="Dinner is ready.", stock_fallback=True)
        stand_in, _ = await into(agent, allowed)
        assert (stand_in.voice, stand_in.voice_refused) == ("en-us", "consent_revoked")
        assert agent.state().voice is None
        with pytest.raises(NotFoundError):
            agent.prefer(Preferences(voice="grandma"))
    house.household.lock()


async def test_volume_and_quiet_can_be_turned_while_the_preferred_voice_is_locked_up(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    async with house.agent() as agent:
        agent.prefer(Preferences(voice="grandma"))
        agent.family.lock()
        agent.prefer(replace(agent.preferences(), volume=20, quiet=True))
        assert (agent.state().volume, agent.state().quiet) == (20, True)
        agent.family.unlock(KeyFile(tmp_path / "keys" / "vault.key"))
        voice = agent.state().voice
        assert voice is not None
        assert voice.id == "grandma"
    house.household.lock()


async def test_only_voices_that_consent_to_a_purpose_are_offered_for_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.agent() as agent:

        def offered(purpose: Purpose) -> bool:
            return "grandma" in {voice.id for voice in agent.voices_for(purpose, origin="x")}

        assert (offered(Purpose.ANNOUNCEMENTS), offered(Purpose.ASSISTANT)) == (True, False)
        house.renew(scope(None, Purpose.ASSISTANT))
        assert (offered(Purpose.ANNOUNCEMENTS), offered(Purpose.ASSISTANT)) == (False, True)
    house.household.lock()


def test_a_hub_keeps_its_id_and_replaces_one_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "hub.id"
    first = hub_id(path)
    assert hub_id(path) == first
    path.write_text("nonsense")
    assert hub_id(path) != first
    assert hub_id(path) == hub_id(path)


def test_a_hub_whose_disk_takes_nothing_has_an_id_too(tmp_path: Path) -> None:
    assert len(hub_id(tmp_path / "missing" / "hub.id")) == 32
