"""Whatever is said in a person's voice is in the audit log, however it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, Outcome
from hub_agent.settings.settings import Settings
from hub_agent.settings.trust import AuditSettings
from tests.fakes.audit_log import begun
from tests.fakes.clock import FakeClock
from tests.fakes.house import LONG, RATE, House, into
from tests.fakes.household import anchor
from tests.fakes.playing import until
from tests.fakes.sink import RecordingSink
from voices.audit.entries import AuditedUtterance
from voices.audit.log import AuditLog
from voices.audit_check import check_household_audit
from voices.purpose import Purpose
from voices.watermark.detector import detect


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.household.lock()


def audited(house: House) -> list[AuditedUtterance]:
    return list(house.household.audit(anchor(house.root)).utterances())


async def test_the_log_knows_who_spoke_for_whom_and_where_and_the_sound_names_its_line(
    house: House,
) -> None:
    text = LONG[:140]
    wanted = Announcement(id="a-1", text=text, voice="grandma", purpose=Purpose.ANNOUNCEMENTS)
    async with house.agent() as agent:
        result, speech = await into(agent, wanted)
    (line,) = audited(house)
    begun, ended = line.begun, line.ended
    assert (begun.announcement_id, begun.voice) == ("a-1", house.member.key)
    assert (begun.purpose, begun.sender, begun.room) == (Purpose.ANNOUNCEMENTS, "test", "")
    assert ended is not None
    assert (ended.outcome, ended.reason) == ("spoken", None)
    assert ended.duration_ms == pytest.approx(1000 * result.audio_s, abs=1)
    assert ended.text_mac == house.household.audit(anchor(house.root)).text_mac(text)
    assert detect(speech, RATE, house.said_keys(), other_speeds=False).payload == line.payload


async def test_text_that_arrives_bit_by_bit_is_recorded_as_a_whole(house: House) -> None:
    pieces = ("Dinner is ready. ", "Come to the ", "kitchen.")
    async with house.agent() as agent, RecordingSink(sample_rate=RATE) as sink:
        wanted = Announcement(text=pieces[0], voice="grandma")
        await agent.say_to(wanted, sink, origin="test", pieces=pieces)
    (line,) = audited(house)
    assert line.ended is not None
    whole = "".join(pieces)
    assert line.ended.text_mac == house.household.audit(anchor(house.root)).text_mac(whole)


async def test_each_room_and_each_turn_has_a_line_of_its_own(house: House) -> None:
    async with house.agent() as agent:
        everywhere = Announcement(text="Hello", voice="grandma", targets=("all",))
        await agent.say(everywhere, origin="test")
        saying = asyncio.ensure_future(
            agent.say(Announcement(text=LONG, voice="grandma", targets=("hall",)), origin="test")
        )
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await asyncio.sleep(0.3)
        agent.stop()
        assert (await saying).outcome is Outcome.INTERRUPTED
    lines = audited(house)
    assert {line.begun.room for line in lines[:2]} == {"kitchen", "hall"}
    cut = lines[-1]
    assert cut.ended is not None
    assert cut.ended.outcome == "interrupted"
    assert 0 < cut.ended.duration_ms < 5000
    assert len({line.payload for line in lines}) == len(lines)


async def test_stock_voices_and_refusals_leave_no_line(house: House) -> None:
    async with house.agent() as agent:
        await into(agent, Announcement(text="Hello"))
        await into(agent, Announcement(text="Hello", voice="grandma", purpose=Purpose.TOYS))
    assert audited(house) == []


async def test_nothing_is_heard_that_cannot_be_recorded(house: House) -> None:
    async with house.agent() as agent:
        await into(agent, Announcement(text="Hello", voice="grandma"))
    for path in house.household.audit_folder.glob("*.jsonl"):
        path.write_bytes(path.read_bytes()[:-20] + b"x" * 19 + b"\n")
    async with house.agent() as agent:
        result, speech = await into(agent, Announcement(text="Hello again", voice="grandma"))
        assert result.outcome is Outcome.FAILED
        assert result.reason == "ledger_damaged"
        assert not speech.size
        stock, speech = await into(agent, Announcement(text="Hello again"))
        assert stock.outcome is Outcome.SPOKEN
        assert speech.size


def test_a_killed_process_leaves_the_beginning(house: House) -> None:
    settings = {
        "HUB_AGENT__DATA_DIR": str(house.root / "data"),
        "HUB_AGENT__VAULT__KEY_FILE": str(house.root / "keys" / "vault.key"),
    }
    speaking = subprocess.Popen(
        [sys.executable, "-m", "hub_agent", "say", "--voice", "grandma", "--out", "-", LONG],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
    )
    assert speaking.stdout is not None
    assert speaking.stdout.read(1000)
    speaking.send_signal(signal.SIGKILL)
    speaking.wait()
    speaking.stdout.close()
    (line,) = audited(house)
    assert line.ended is None


async def test_what_was_said_long_ago_is_forgotten_once_a_day(house: House) -> None:
    household, years = house.household, timedelta(days=800)
    log = AuditLog.open(
        household.audit_folder,
        secret=household.subkey("audit"),
        text_key=household.subkey("ledger.text-hmac"),
        signer=household.signing_key(),
        anchor=anchor(house.root),
        now=lambda: datetime.now(UTC) - years,
        rotate_at_bytes=4000,
    )
    for _ in range(8):
        log.begin(begun(at=datetime.now(UTC) - years))
    keeping = AuditSettings(keep_days=0)
    core = house.settings.core.model_copy(update={"audit": keeping})
    async with Agent(Settings(core=core), data_dir=house.root / "data") as agent:
        await into(agent, Announcement(text="Hello", voice="grandma"))
        assert len(audited(house)) == 9
    clock = FakeClock(datetime.now(UTC))
    async with Agent(house.settings, data_dir=house.root / "data", clock=clock):
        await until(lambda: len(audited(house)) < 9)
    assert audited(house)[-1].ended is not None
    assert check_household_audit(household, anchor(house.root)) == []
