import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import time
from pathlib import Path

import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import (
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
    EventType,
    Outcome,
    Priority,
)
from hub_agent.errors import NotFoundError
from hub_agent.settings.models import (
    CoreSettings,
    QueueSettings,
    QuietHours,
    RoomSettings,
    SpeechSettings,
)
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings
from tests.fakes.engine import FakeEngine, registry_of
from tests.fakes.playing import until
from tests.fakes.sink import RecordingSink

ROOM = RoomSettings(sinks=(NullSinkSettings(type="null"),))
PACED = RoomSettings(sinks=(NullSinkSettings(type="null", paced=True),))
ASLEEP = RoomSettings(
    sinks=(NullSinkSettings(type="null"),),
    quiet_hours=(
        QuietHours(start=time(0), end=time(12), allow=("critical",)),
        QuietHours(start=time(12), end=time(0), allow=("critical",)),
    ),
)
CORE = CoreSettings(
    rooms={"kitchen": ROOM, "bedroom": ASLEEP, "hall": PACED},
    speech=SpeechSettings(engine="fake", language="en"),
    queue=QueueSettings(cool_down_s=60),
)


@asynccontextmanager
async def running(tmp_path: Path, core: CoreSettings = CORE) -> AsyncGenerator[Agent, None]:
    engines = registry_of(FakeEngine())
    async with Agent(Settings(core=core), data_dir=tmp_path, engines=engines) as agent:
        yield agent


async def said(agent: Agent, **fields: object) -> AnnouncementResult:
    announcement = Announcement(**{"text": "Hello", **fields})  # type: ignore[arg-type]
    return await agent.say(announcement, origin="test")


async def test_an_announcement_goes_to_the_default_room(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        result = await said(agent)
        assert result.outcome is Outcome.SPOKEN
        assert result.rooms == {"kitchen": Outcome.SPOKEN}
        assert (result.engine, result.voice) == ("fake", "en")


async def test_several_rooms_give_one_result(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        events: list[AnnouncementEvent] = []
        agent.listen(events.append)
        result = await said(agent, targets=("all",))
        assert result.outcome is Outcome.SPOKEN
        assert result.rooms == {
            "kitchen": Outcome.SPOKEN,
            "bedroom": Outcome.REFUSED,
            "hall": Outcome.SPOKEN,
        }
        assert [event.type for event in events].count(EventType.RESULT) == 1
        assert [event.type for event in events].count(EventType.STARTED) == 1


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        ({"targets": ("attic",)}, Outcome.REJECTED, "unknown_room"),
        ({"voice": "nobody"}, Outcome.REJECTED, "unknown_voice"),
        ({"engine": "steam"}, Outcome.REJECTED, "unknown_engine"),
        ({"language": "tlh"}, Outcome.REJECTED, "unknown_language"),
        ({"targets": ("bedroom",)}, Outcome.REFUSED, "quiet_hours"),
        ({"expires_s": 0.0}, Outcome.EXPIRED, "expired"),
    ],
)
async def test_what_cannot_be_spoken_says_why(
    tmp_path: Path, fields: dict[str, object], outcome: Outcome, reason: str
) -> None:
    async with running(tmp_path) as agent:
        result = await said(agent, **fields)
        assert (result.outcome, result.reason) == (outcome, reason)


async def test_urgent_ones_pass_quiet_hours(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        result = await said(agent, targets=("bedroom",), priority=Priority.CRITICAL)
        assert result.outcome is Outcome.SPOKEN


async def test_the_same_id_speaks_once(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        assert (await said(agent, id="a")).outcome is Outcome.SPOKEN
        assert (await said(agent, id="a")).outcome is Outcome.DUPLICATE


async def test_a_rejected_id_may_be_corrected_and_sent_again(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        assert (await said(agent, id="a", voice="nobody")).outcome is Outcome.REJECTED
        assert (await said(agent, id="a")).outcome is Outcome.SPOKEN


async def test_a_key_cools_down_only_after_it_was_heard(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        quiet = await said(agent, dedupe_key="leak", targets=("bedroom",))
        assert quiet.outcome is Outcome.REFUSED
        assert (await said(agent, dedupe_key="leak", text="fail")).outcome is Outcome.FAILED
        assert (await said(agent, dedupe_key="leak")).outcome is Outcome.SPOKEN
        repeat = await said(agent, dedupe_key="leak")
        assert (repeat.outcome, repeat.reason) == (Outcome.DUPLICATE, "cool_down")
        assert (await said(agent, dedupe_key="leak", cool_down_s=0.0)).outcome is Outcome.SPOKEN


async def test_leaving_answers_for_everything(tmp_path: Path) -> None:
    events: list[AnnouncementEvent] = []
    async with running(tmp_path) as agent:
        agent.listen(events.append)
        for number in range(5):
            text = "One two three four five six seven eight nine ten"
            agent.submit(Announcement(id=str(number), text=text, targets=("hall",)), origin="t")
        await until(lambda: any(event.type is EventType.STARTED for event in events))
    results = {event.id: event.result for event in events if event.result}
    assert sorted(results) == ["0", "1", "2", "3", "4"]
    assert {result.outcome for result in results.values()} <= {
        Outcome.INTERRUPTED,
        Outcome.DROPPED,
    }


async def test_shutting_down_lets_the_sentence_end_and_takes_nothing_new(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        first = asyncio.ensure_future(said(agent, targets=("hall",), text="One two three"))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await agent.shut_down(deadline_s=5)
        assert (await first).outcome is Outcome.SPOKEN
        late = await said(agent)
        assert (late.outcome, late.reason) == (Outcome.DROPPED, "shutting_down")


async def test_the_deadline_cuts_a_sentence_that_is_too_long(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        long = "one " * 60
        first = asyncio.ensure_future(said(agent, targets=("hall",), text=long))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await agent.shut_down(deadline_s=0.1)
        result = await asyncio.wait_for(first, 2)
        assert result.outcome is Outcome.INTERRUPTED
        assert result.audio_s < 3


async def test_rejected_input_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        events: list[AnnouncementEvent] = []
        agent.listen(events.append)
        agent.reject("x", "bad_json", origin="mqtt")
        (event,) = events
        assert event.result is not None
        assert (event.result.outcome, event.reason) == (Outcome.REJECTED, "bad_json")


async def test_a_private_sink_gets_the_sound_and_no_room_does(tmp_path: Path) -> None:
    async with running(tmp_path) as agent, RecordingSink() as sink:
        result = await agent.say_to(Announcement(text="One two"), sink, origin="cli")
        assert result.outcome is Outcome.SPOKEN
        assert sink.audio().size == pytest.approx(0.4 * sink.sample_rate, rel=0.1)
        assert result.rooms == {}


async def test_text_that_arrives_in_pieces_is_spoken_as_it_comes(tmp_path: Path) -> None:
    async with running(tmp_path) as agent, RecordingSink() as sink:
        heard: list[int] = []

        def pieces() -> Iterator[str]:
            yield "One two three. "
            yield "Four five six. Seven"
            heard.append(len(sink.recordings))
            yield " eight."

        announcement = Announcement(text="", language="en")
        result = await agent.say_to(announcement, sink, origin="cli", pieces=pieces())
        assert result.outcome is Outcome.SPOKEN
        assert heard == [1]
        assert result.audio_s > 8 * 0.2 - 0.1


async def test_a_cancelled_private_performance_still_has_a_result(tmp_path: Path) -> None:
    async with running(tmp_path) as agent, RecordingSink(paced=True) as sink:
        events: list[AnnouncementEvent] = []
        agent.listen(events.append)
        announcement = Announcement(id="a", text="one " * 50)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(agent.say_to(announcement, sink, origin="cli"))
            await sink.wrote.wait()
            task.cancel()
        assert events[-1].result is not None
        assert events[-1].result.outcome is Outcome.INTERRUPTED
        assert sink.cuts == 1


async def test_new_settings_change_rooms_while_others_go_on(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        waiting = asyncio.ensure_future(said(agent, targets=("hall",), text="one two. three four."))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        loud = ROOM.model_copy(update={"volume": 10})
        changed = CORE.model_copy(update={"rooms": {"hall": loud, "porch": ROOM}})
        await agent.reload(Settings(core=changed))
        assert list(agent.rooms()) == ["hall", "porch"]
        assert (await waiting).outcome in (Outcome.SPOKEN, Outcome.INTERRUPTED)
        assert (await said(agent, targets=("porch",))).outcome is Outcome.SPOKEN
        assert (await said(agent, targets=("hall",))).outcome is Outcome.SPOKEN
        assert (await said(agent, targets=("kitchen",))).outcome is Outcome.REJECTED


async def test_stop_silences_rooms_and_names_unknown_ones(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        first = asyncio.ensure_future(said(agent, targets=("hall",), text="one " * 40))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        assert agent.stop(rooms=["kitchen"]) == 0
        assert agent.stop(rooms=["hall"]) == 1
        assert (await first).reason == "stopped"
        with pytest.raises(NotFoundError):
            agent.stop(rooms=["attic"])


async def test_health_counts_outcomes_and_holds_no_text(tmp_path: Path) -> None:
    async with running(tmp_path) as agent:
        await said(agent, text="Secretword")
        await said(agent, targets=("attic",))
        health = agent.health()
        assert health["outcomes"] == {"spoken": 1, "rejected": 1}
        assert health["open_announcements"] == 0
        assert "secretword" not in repr(health).lower()


async def test_an_idle_engine_is_unloaded_and_speaks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_agent.housekeeping.CHECK_EVERY_S", 0.01)
    monkeypatch.setattr("hub_agent.housekeeping.LOOK_EVERY_S", 0.01)
    core = CORE.model_copy(
        update={"speech": CORE.speech.model_copy(update={"unload_after_s": 0.02})}
    )
    async with running(tmp_path, core) as agent:
        engine = agent.engines.get("fake")
        assert isinstance(engine, FakeEngine)
        await until(lambda: engine.unloads)
        assert agent.health()["engines"] == {"fake": False}
        assert (await said(agent)).outcome is Outcome.SPOKEN
