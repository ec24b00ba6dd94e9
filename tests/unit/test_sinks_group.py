"""Several sinks as one room."""

import asyncio

import numpy as np
import pytest
from structlog.testing import capture_logs

from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError
from hub_agent.sinks import group as group_module
from hub_agent.sinks.group import SinkGroup
from hub_agent.sinks.null import NullSink
from tests.fakes.clock import FakeClock
from tests.fakes.sink import RecordingSink

RATE = 16_000


class Stubborn(RecordingSink):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(sample_rate=RATE)
        self.asked = 0

    async def begin(self, utterance_id: str) -> None:
        self.asked += 1
        await super().begin(utterance_id)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "_PATIENCE_S", 0.05)


def some(num_samples: int = 16) -> Samples:
    return np.full(num_samples, 0.5, np.float32)


async def speak(sink: SinkGroup) -> None:
    await sink.begin("x")
    await sink.write(some())
    await sink.finish()


async def test_all_members_get_the_same() -> None:
    members = [RecordingSink(sample_rate=RATE), RecordingSink(sample_rate=RATE)]
    async with SinkGroup(members, name="hall", clock=FakeClock()) as sink:
        assert all(member.open for member in members)
        await speak(sink)

    assert not any(member.open for member in members)
    for member in members:
        assert member.utterances == ["x"]
        np.testing.assert_array_equal(member.audio(), some())
        assert member.finished == 1


async def test_a_broken_member_is_left_out_and_said_once_when_lost_and_once_when_back() -> None:
    good, bad = RecordingSink(sample_rate=RATE), RecordingSink(sample_rate=RATE)
    group = SinkGroup([good, bad], name="hall", clock=FakeClock())
    with capture_logs() as said:
        bad.broken = True
        async with group as sink:
            await speak(sink)
            await speak(sink)
            bad.broken = False
            await speak(sink)
            await speak(sink)

    assert [entry["event"] for entry in said] == ["sink left out", "sink back"]
    assert good.finished == 4
    assert bad.finished == 2


async def test_a_member_that_breaks_in_the_middle_does_not_stop_the_others() -> None:
    good, bad = RecordingSink(sample_rate=RATE), RecordingSink(sample_rate=RATE)
    async with SinkGroup([good, bad], name="hall", clock=FakeClock()) as sink:
        await sink.begin("x")
        bad.broken = True
        await sink.write(some())
        await sink.write(some())
        await sink.finish()

    assert good.audio().size == 32
    assert bad.finished == 0


async def test_the_room_fails_when_every_member_does() -> None:
    members = [RecordingSink(sample_rate=RATE), RecordingSink(sample_rate=RATE)]
    async with SinkGroup(members, name="hall", clock=FakeClock()) as sink:
        for member in members:
            member.broken = True
        with pytest.raises(SinkError):
            await sink.begin("x")
        with pytest.raises(SinkError):
            await sink.write(some())


async def test_a_hanging_member_cannot_hang_the_room_and_then_rests() -> None:
    clock = FakeClock()
    good, stuck = RecordingSink(sample_rate=RATE), Stubborn()
    async with SinkGroup([good, stuck], name="hall", clock=clock) as sink:
        stuck.hangs = True
        async with asyncio.timeout(5):
            await speak(sink)
            await speak(sink)
        assert good.finished == 2
        assert stuck.asked == 1

        clock.advance(60)
        stuck.hangs = False
        await speak(sink)
        assert stuck.finished == 1


async def test_a_cut_reaches_all_and_the_least_heard_counts() -> None:
    clock = FakeClock()
    playing = NullSink(sample_rate=RATE, clock=clock, paced=True)
    recording = RecordingSink(sample_rate=RATE)
    async with SinkGroup([recording, playing], name="hall", clock=clock) as sink:
        await sink.begin("x")
        await sink.write(some(800))
        assert sink.unplayed() == 800
        assert await sink.cut(some()) == 800
    assert recording.cuts == 1


async def test_a_cut_before_anything_began_is_harmless() -> None:
    async with SinkGroup([RecordingSink()], name="hall", clock=FakeClock()) as sink:
        assert await sink.cut(some()) == 0


async def test_underruns_are_those_of_all_members() -> None:
    first, second = RecordingSink(), RecordingSink()
    first.underruns, second.underruns = 2, 3

    assert SinkGroup([first, second], name="hall", clock=FakeClock()).underruns == 5


async def test_cancelling_a_write_leaves_the_group_usable() -> None:
    member = RecordingSink(sample_rate=RATE)
    async with SinkGroup([member], name="hall", clock=FakeClock()) as sink:
        await sink.begin("x")
        member.hangs = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await sink.write(some())
        member.hangs = False
        await sink.cut(some())
        await speak(sink)
    assert member.finished == 1
