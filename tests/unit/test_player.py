import asyncio
import time
from datetime import time as clock_time

import numpy as np
import pytest

from hub_agent.announcement import Announcement, EventType, InterruptPolicy, Outcome, Priority
from hub_agent.announcing.performance import Patience
from hub_agent.settings.models import QuietHours, RoomSettings
from hub_agent.settings.sinks import NullSinkSettings
from tests.fakes.clock import FakeClock
from tests.fakes.playing import playing, until
from tests.fakes.sink import RecordingSink

LONG = "One two three four five six seven eight. Nine ten eleven twelve thirteen fourteen fifteen."


async def test_an_announcement_is_spoken_and_tells_its_story() -> None:
    async with playing() as stage:
        result = await stage.put(Announcement(id="a", text="Hello world"))
        assert result.outcome is Outcome.SPOKEN
        assert result.reason is None
        assert result.audio_s == pytest.approx(0.4, abs=0.05)
        assert result.ttfa_s is not None
        assert result.rtf is not None
        assert stage.story("a") == [
            EventType.QUEUED,
            EventType.STARTED,
            EventType.FIRST_AUDIO,
            EventType.RESULT,
        ]
        assert np.abs(stage.sink.audio()).max() == pytest.approx(0.5, abs=0.05)


async def test_a_more_urgent_one_interrupts_and_the_other_resumes_where_it_was() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        low = stage.put(Announcement(id="low", text=LONG, priority=Priority.LOW))
        await until(lambda: stage.engine.said and len(stage.sink.recordings[0]) > 85)
        high = await stage.put(Announcement(id="high", text="Fire", priority=Priority.HIGH))
        assert high.outcome is Outcome.SPOKEN
        assert (await low).outcome is Outcome.SPOKEN
        assert stage.sink.utterances == ["low", "high", "low"]
        assert stage.sink.cuts == 1
        assert EventType.INTERRUPTED in stage.story("low")
        assert not stage.engine.said[-1].startswith("One")


async def test_the_interruption_takes_less_than_100_ms_and_fades_out() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        low = stage.put(
            Announcement(id="l", text=LONG, priority=Priority.LOW, interrupt=InterruptPolicy.DROP)
        )
        await stage.sink.wrote.wait()
        begin = time.monotonic()
        stage.put(Announcement(id="h", text="Fire", priority=Priority.CRITICAL))
        assert (await low).outcome is Outcome.INTERRUPTED
        assert time.monotonic() - begin < 0.1
        assert np.abs(stage.sink.audio(0)[-16:]).max() < 0.05


@pytest.mark.parametrize(
    ("policy", "turns"), [(InterruptPolicy.RESTART, 2), (InterruptPolicy.DROP, 1)]
)
async def test_restart_begins_anew_and_drop_does_not_come_back(
    policy: InterruptPolicy, turns: int
) -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        low = stage.put(Announcement(id="low", text="One two three four five", interrupt=policy))
        await stage.sink.wrote.wait()
        await stage.put(Announcement(id="high", text="Fire", priority=Priority.HIGH))
        outcome = (await low).outcome
        assert stage.sink.utterances.count("low") == turns
        assert outcome is (Outcome.SPOKEN if turns == 2 else Outcome.INTERRUPTED)
        assert stage.engine.said.count("One two three four five") == turns


async def test_equal_priority_waits_its_turn() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        first = stage.put(Announcement(id="1", text="One two"))
        await stage.sink.wrote.wait()
        second = stage.put(Announcement(id="2", text="Three"))
        assert (await first).outcome is Outcome.SPOKEN
        assert (await second).outcome is Outcome.SPOKEN
        assert stage.sink.cuts == 0


async def test_what_is_interrupted_for_ever_is_given_up() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        low = stage.put(
            Announcement(id="low", text="One two three", interrupt=InterruptPolicy.RESTART)
        )
        for number in range(20):
            stage.sink.wrote.clear()
            await until(lambda: stage.sink.utterances[-1:] == ["low"] or low.done())
            if low.done():
                break
            urgent = Announcement(id=f"h{number}", text="Fire", priority=Priority.HIGH)
            await stage.put(urgent)
        result = await low
        assert (result.outcome, result.reason) == (Outcome.INTERRUPTED, "interrupted_too_often")


async def test_an_expired_one_is_never_spoken_and_reported_while_another_speaks() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        speaking = stage.put(Announcement(id="long", text=LONG))
        await stage.sink.wrote.wait()
        result = await stage.put(Announcement(id="late", text="Too late", expires_s=0.05))
        assert result.outcome is Outcome.EXPIRED
        assert not speaking.done()
        assert "late" not in stage.sink.utterances


async def test_overflow_drops_with_a_reason() -> None:
    async with playing(RecordingSink(paced=True), size=1) as stage:
        stage.put(Announcement(id="a", text=LONG))
        await stage.sink.wrote.wait()
        stage.put(Announcement(id="b", text="waits"))
        result = await stage.put(Announcement(id="c", text="no room"))
        assert (result.outcome, result.reason) == (Outcome.DROPPED, "queue_full")


async def test_stop_cuts_the_current_one_and_drops_the_waiting() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        first = stage.put(Announcement(id="a", text=LONG))
        await stage.sink.wrote.wait()
        second = stage.put(Announcement(id="b", text=LONG))
        assert stage.player.stop() == 2
        assert (await first).outcome is Outcome.INTERRUPTED
        assert (await second).outcome is Outcome.DROPPED
        assert (await stage.put(Announcement(id="c", text="again"))).outcome is Outcome.SPOKEN


async def test_stop_by_id_leaves_the_others_alone() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        first = stage.put(Announcement(id="a", text="One two"))
        await stage.sink.wrote.wait()
        second = stage.put(Announcement(id="b", text="Three"))
        assert stage.player.stop("b") == 1
        assert stage.player.stop("nobody") == 0
        assert (await first).outcome is Outcome.SPOKEN
        assert (await second).reason == "stopped"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("fail", "engine_failed"), ("crash", "internal"), ("silence", "no_audio")],
)
async def test_a_failing_engine_fails_the_announcement_and_the_room_goes_on(
    text: str, reason: str
) -> None:
    async with playing() as stage:
        result = await stage.put(Announcement(id="a", text=text))
        assert (result.outcome, result.reason) == (Outcome.FAILED, reason)
        assert (await stage.put(Announcement(id="b", text="fine"))).outcome is Outcome.SPOKEN


@pytest.mark.parametrize("text", ["😀", "***", "…", "<b></b>"])
async def test_text_without_speech_is_rejected_and_the_room_goes_on(text: str) -> None:
    async with playing() as stage:
        result = await stage.put(Announcement(id="a", text=text))
        assert (result.outcome, result.reason) == (Outcome.REJECTED, "nothing_to_say")
        assert (await stage.put(Announcement(id="b", text="fine"))).outcome is Outcome.SPOKEN


async def test_an_unplugged_sink_fails_the_announcement_and_comes_back() -> None:
    async with playing() as stage:
        stage.sink.broken = True
        result = await stage.put(Announcement(id="a", text="Hello"))
        assert (result.outcome, result.reason) == (Outcome.FAILED, "sink_unavailable")
        stage.sink.broken = False
        assert (await stage.put(Announcement(id="b", text="Hello"))).outcome is Outcome.SPOKEN


async def test_an_engine_that_hangs_cannot_hang_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_agent.announcing.bridge.LEAVE_TIMEOUT_S", 0.05)
    async with playing(patience=Patience(engine_s=0.05)) as stage:
        result = await stage.put(Announcement(id="a", text="stuck"))
        assert (result.outcome, result.reason) == (Outcome.FAILED, "engine_stalled")
        stage.engine.unstick.set()
        assert (await stage.put(Announcement(id="b", text="Hello"))).outcome is Outcome.SPOKEN


async def test_a_sink_that_hangs_cannot_hang_the_room() -> None:
    async with playing(patience=Patience(sink_s=0.05)) as stage:
        stage.sink.hangs = True
        result = await stage.put(Announcement(id="a", text="Hello"))
        assert (result.outcome, result.reason) == (Outcome.FAILED, "sink_stalled")
        stage.sink.hangs = False
        assert (await stage.put(Announcement(id="b", text="Hello"))).outcome is Outcome.SPOKEN


async def test_quiet_hours_that_begin_while_it_waits_silence_it() -> None:
    clock = FakeClock()
    nap = QuietHours(start=clock_time(13), end=clock_time(14), allow=("critical",))
    room = RoomSettings(sinks=(NullSinkSettings(type="null"),), quiet_hours=(nap,))
    async with playing(room=room, clock=clock) as stage:
        clock.advance(3600)
        quiet = await stage.put(Announcement(id="a", text="Hello"))
        assert (quiet.outcome, quiet.reason) == (Outcome.REFUSED, "quiet_hours")
        urgent = Announcement(id="b", text="Fire", priority=Priority.CRITICAL)
        assert (await stage.put(urgent)).outcome is Outcome.SPOKEN


async def test_leaving_finishes_the_sentence_and_says_no_more() -> None:
    async with playing(RecordingSink(paced=True)) as stage:
        result = stage.put(Announcement(id="a", text=LONG))
        await stage.sink.wrote.wait()
        stage.player.finish_soon()
        assert (await result).reason == "shutting_down"
        assert (await result).audio_s == pytest.approx(1.6 + 0.28, abs=0.15)
        await asyncio.wait_for(stage.player.wait_idle(), 1)


async def test_a_sentence_of_several_segments_is_finished_as_a_whole() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    async with playing(RecordingSink(paced=True)) as stage:
        result = stage.put(Announcement(id="a", text=f"{words}. And no more."))
        await stage.sink.wrote.wait()
        stage.player.finish_soon()
        assert (await result).reason == "shutting_down"
        assert len(stage.engine.said) >= 2
        assert (await result).audio_s == pytest.approx(14 * 0.2 + 0.28, abs=0.2)


async def test_a_chime_comes_first_and_only_once() -> None:
    room = RoomSettings(sinks=(NullSinkSettings(type="null"),), chime="bell")
    async with playing(RecordingSink(paced=True), room=room) as stage:
        plain = await stage.put(Announcement(id="plain", text="One", chime=""))
        chimed = await stage.put(Announcement(id="chimed", text="One"))
        assert chimed.audio_s > plain.audio_s + 0.2


async def test_the_volume_of_an_announcement_is_its_own() -> None:
    room = RoomSettings(sinks=(NullSinkSettings(type="null"),), volume=50)
    async with playing(room=room) as stage:
        for name, volume in (("a", None), ("b", 100), ("c", None)):
            await stage.put(Announcement(id=name, text="Hello", volume=volume))
        levels = [np.abs(stage.sink.audio(index)).max() for index in range(3)]
        assert levels[0] == levels[2]
        assert levels[1] == pytest.approx(4 * levels[0], rel=0.02)
