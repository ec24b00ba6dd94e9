"""Greetings through the whole agent: its rooms, its consents, its listeners, its command line."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, AnnouncementEvent, AnnouncementResult, Outcome
from hub_agent.control.client import ControlClient
from hub_agent.control.server import ControlServer
from hub_agent.errors import HubAgentError
from hub_agent.paths import control_socket
from hub_agent.settings.greetings import GreetingSettings
from hub_agent.settings.models import CoreSettings, RoomSettings, SpeechSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings
from tests.cli.running import AgentProcess, command, json_line, running
from tests.fakes.clock import SteppedClock
from tests.fakes.engine import FakeEngine, registry_of
from tests.fakes.house import House
from tests.fakes.household import scope
from tests.fakes.playing import until
from voices.purpose import Purpose

BEFORE_SEVEN = datetime(2026, 11, 20, 6, 59, 58, tzinfo=UTC)
MORNING = GreetingSettings(time=time(7), text=("Good morning",), timezone="UTC")
ROOM = RoomSettings(sinks=(NullSinkSettings(type="null"),))
CORE = CoreSettings(
    rooms={"kitchen": ROOM},
    speech=SpeechSettings(engine="fake", language="en"),
    greetings={"morning": MORNING},
)


class Waking:
    """An agent whose clock is moved by hand."""

    def __init__(self, folder: Path, now: datetime = BEFORE_SEVEN) -> None:
        self.clock = SteppedClock(now)
        self.engine = FakeEngine()
        self.agent = Agent(
            Settings(core=CORE),
            data_dir=folder,
            clock=self.clock,
            engines=registry_of(self.engine),
        )
        self.events: list[AnnouncementEvent] = []
        self.num_changes = 0

    @property
    def results(self) -> list[tuple[str, Outcome]]:
        return [(event.origin, event.result.outcome) for event in self.events if event.result]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Agent, None]:
        async with self.agent as agent, asyncio.TaskGroup() as group:
            agent.listen(self.events.append)
            agent.watch(self._count)
            task = group.create_task(agent.greet_on_time())
            await until(lambda: self.clock.num_asleep == 2)
            yield agent
            task.cancel()

    async def pass_time(self, seconds: float) -> None:
        """Until the greetings and the housekeeping have both looked at the clock."""
        self.clock.advance(seconds)
        await until(lambda: self.clock.num_asleep == 2)

    def _count(self) -> None:
        self.num_changes += 1


async def test_it_is_spoken_and_whoever_watches_sees_the_next(tmp_path: Path) -> None:
    home = Waking(tmp_path)
    async with home.running() as agent:
        assert agent.state().next_greeting == datetime(2026, 11, 20, 7, tzinfo=UTC)
        before = home.num_changes
        await home.pass_time(2)
        await until(lambda: home.results)
        assert home.num_changes > before
        assert agent.state().next_greeting == datetime(2026, 11, 21, 7, tzinfo=UTC)
    assert home.results == [("greetings", Outcome.SPOKEN)]
    assert home.engine.said[-1] == "Good morning"


async def test_a_second_agent_of_that_minute_does_not_repeat_it(tmp_path: Path) -> None:
    first = Waking(tmp_path)
    async with first.running():
        await first.pass_time(2)
        await until(lambda: first.results)
    second = Waking(tmp_path, now=first.clock.now() + timedelta(seconds=20))
    async with second.running():
        await second.pass_time(90)
    assert second.results == []


async def test_one_that_cannot_be_spoken_in_time_is_not_spoken(tmp_path: Path) -> None:
    home = Waking(tmp_path)
    async with home.running() as agent:
        agent.submit(Announcement(text="stuck"), origin="test")
        await until(home.engine.busy.locked)
        await home.pass_time(2)
        home.clock.advance(MORNING.expires_s + 1)
        home.engine.unstick.set()
        await until(lambda: len(home.results) == 2)
    assert ("greetings", Outcome.EXPIRED) in home.results
    assert "Good morning" not in home.engine.said


async def test_what_the_household_turns_is_listed_and_outlives_the_agent(tmp_path: Path) -> None:
    home = Waking(tmp_path)
    async with home.running() as agent:
        before = home.num_changes
        agent.set_greeting("morning", time=time(8, 30), enabled=False)
        assert home.num_changes == before + 1
        assert agent.state().next_greeting is None
    again = Waking(tmp_path)
    async with again.running() as agent:
        (greeting,) = agent.greetings()
        assert (greeting.name, greeting.time, greeting.enabled) == ("morning", time(8, 30), False)
        await again.pass_time(2)
    assert home.results == again.results == []


async def test_new_settings_bring_other_greetings(tmp_path: Path) -> None:
    home = Waking(tmp_path)
    async with home.running() as agent:
        evening = MORNING.model_copy(update={"time": time(19)})
        await agent.reload(Settings(core=CORE.model_copy(update={"greetings": {"tea": evening}})))
        assert [greeting.name for greeting in agent.greetings()] == ["tea"]
        assert agent.state().next_greeting == datetime(2026, 11, 20, 19, tzinfo=UTC)


async def test_a_family_voice_greets_with_consent_to_greetings_alone(tmp_path: Path) -> None:
    house = House(tmp_path)
    greeting = MORNING.model_copy(update={"voice": "grandma"})
    core = house.settings.core.model_copy(update={"greetings": {"morning": greeting}})
    results: list[AnnouncementResult] = []
    async with Agent(Settings(core=core), data_dir=house.root / "data") as agent:
        agent.listen(lambda event: results.append(event.result) if event.result else None)
        agent.greet("morning", announcement_id="before")
        await until(lambda: len(results) == 1)
        house.renew(scope(None, Purpose.GREETINGS))
        agent.greet("morning", announcement_id="after")
        await until(lambda: len(results) == 2)
    before, after = results
    assert (before.outcome, before.reason) == (Outcome.REFUSED, "purpose_not_consented")
    assert (after.outcome, after.voice) == (Outcome.SPOKEN, "grandma")
    house.household.lock()


async def test_the_command_line_lists_and_tries_it(tmp_path: Path) -> None:
    home = Waking(tmp_path)
    async with home.running() as agent, ControlServer(agent, control_socket(tmp_path)):
        client = ControlClient(tmp_path)
        assert await client.greetings() == list(agent.greetings())
        result = await client.greet("morning")
        assert result.outcome is Outcome.SPOKEN
        with pytest.raises(HubAgentError) as refused:
            await client.greet("evening")
    assert home.results == [("greetings", Outcome.SPOKEN)]
    assert refused.value.reason == "unknown_greeting"


def soon(seconds: float) -> dict[str, object]:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"time": f"{at:%H:%M:%S}", "text": "Marzipankartoffel", "timezone": "UTC"}


def greeted(agent: AgentProcess) -> int:
    finished = agent.log_lines("announcement finished")
    return sum(line["origin"] == "greetings" for line in finished)


def test_the_service_says_it_once_and_its_log_does_not_tell_what(tmp_path: Path) -> None:
    settings = {"greetings": {"morning": soon(3)}}
    with running(tmp_path, settings) as agent:
        assert agent.wait_log("announcement finished")["outcome"] == "spoken"
        agent.stop()
    with running(tmp_path, settings) as agent:
        (row,) = asyncio.run(agent.client.greetings())
        assert row.next is not None
        assert row.next - datetime.now(UTC) > timedelta(hours=23)
        assert greeted(agent) == 1
        assert "Marzipan" not in agent.log_text()


def test_the_commands(tmp_path: Path) -> None:
    late = {**soon(7200), "text": ["Hello", "Hi"]}
    with running(tmp_path, {"greetings": {"late": late}}) as agent:
        config = ("--config", str(agent.folder / "hub-agent.yaml"))
        listed = command(tmp_path, "greetings", "list", "--json", *config)
        tried = command(tmp_path, "greetings", "test", "late", "--json", *config)
        unknown = command(tmp_path, "greetings", "test", "early", *config)
        assert greeted(agent) == 1
    away = command(tmp_path, "greetings", "list", "--json", *config)
    nobody = command(tmp_path, "greetings", "test", "late", *config)
    (row,) = json.loads(listed.stdout)
    assert (row["name"], row["time"], row["enabled"]) == ("late", late["time"], True)
    assert json.loads(away.stdout) == [row]
    assert b"no agent is running" in away.stderr
    assert json_line(tried.stdout)["outcome"] == "spoken"
    assert (unknown.returncode, nobody.returncode) == (66, 69)
    assert b"hint: hub-agent greetings list" in unknown.stderr
