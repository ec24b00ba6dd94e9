"""Greetings at their times, by a clock that is moved, set and set wrong."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.announcement import Announcement
from hub_agent.errors import NotFoundError
from hub_agent.greetings.greetings import Greetings
from hub_agent.greetings.memory import GreetingsFile
from hub_agent.greetings.zone import zone_of
from hub_agent.settings.greetings import GreetingSettings
from tests.fakes.clock import SteppedClock
from tests.fakes.playing import until
from voices.purpose import Purpose

BERLIN = ZoneInfo("Europe/Berlin")
A_MINUTE_S = 60.0
AN_HOUR_S = 3600.0
MORNING = GreetingSettings(time=time(7), text=("Hi",), timezone="Europe/Berlin")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


class Home:
    """Greetings in a data folder, and what they have submitted."""

    def __init__(self, folder: Path, now: datetime, **greetings: GreetingSettings) -> None:
        self.clock = SteppedClock(now)
        self.folder = folder
        self.settings = greetings or {"morning": MORNING}
        self.spoken: list[tuple[datetime, Announcement]] = []
        self.num_changes = 0
        self.greetings = self._greetings()

    @property
    def texts(self) -> list[str]:
        return [announcement.text for _, announcement in self.spoken]

    @property
    def local_times(self) -> list[str]:
        return [f"{at.astimezone(BERLIN):%d %H:%M:%S}" for at, _ in self.spoken]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """The hub is on; every time it is so anew."""
        self.greetings = self._greetings()
        task = asyncio.create_task(self.greetings.run())
        await self._settled()
        yield
        task.cancel()
        await asyncio.wait({task})

    async def pass_time(self, seconds: float, *, step_s: float = 5 * A_MINUTE_S) -> None:
        """Step by step, to whole multiples of a step."""
        while seconds > 0:
            to_next_s = step_s - self.clock.now().timestamp() % step_s
            self.clock.advance(min(to_next_s, seconds))
            seconds -= to_next_s
            await self._settled()

    async def set_wall(self, now: datetime) -> None:
        """As a time server does it, between two looks at the clock."""
        self.clock.set_wall(now)
        await self.pass_time(10, step_s=5)

    def submit(self, announcement: Announcement, *, origin: str) -> None:
        assert origin == "greetings"
        self.spoken.append((self.clock.now(), announcement))

    def _greetings(self) -> Greetings:
        return Greetings(
            self.settings,
            file=GreetingsFile(self.folder / "greetings.json"),
            clock=self.clock,
            submit=self.submit,
            changed=self._count,
        )

    def _count(self) -> None:
        self.num_changes += 1

    async def _settled(self) -> None:
        async with asyncio.timeout(10):
            while not self.clock.num_asleep:  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0)


async def test_it_is_said_to_the_second_for_the_purpose_of_greetings(tmp_path: Path) -> None:
    greeting = MORNING.model_copy(update={"rooms": ("hall",), "voice": "grandma", "volume": 40})
    home = Home(tmp_path, berlin("2026-11-20T06:58:57"), morning=greeting)
    async with home.running():
        await home.pass_time(5 * A_MINUTE_S, step_s=1)
    assert home.local_times == ["20 07:00:00"]
    announcement = home.spoken[0][1]
    assert announcement.purpose is Purpose.GREETINGS
    assert (announcement.voice, announcement.targets) == ("grandma", ("hall",))
    assert (announcement.volume, announcement.expires_s) == (40, 600)


async def test_it_is_said_on_its_days(tmp_path: Path) -> None:
    weekend = MORNING.model_copy(update={"days": ("sat", "sun")})
    home = Home(tmp_path, berlin("2026-11-16T00:00"), weekend=weekend)
    async with home.running():
        await home.pass_time(14 * 24 * AN_HOUR_S, step_s=AN_HOUR_S)
    assert [moment[:2] for moment in home.local_times] == ["21", "22", "28", "29"]


@pytest.mark.parametrize(
    ("evening", "expected"), [("2026-03-28", "29 03:00:00"), ("2026-10-24", "25 02:30:00")]
)
async def test_it_is_said_once_in_a_night_on_which_clocks_are_changed(
    tmp_path: Path, evening: str, expected: str
) -> None:
    night = MORNING.model_copy(update={"time": time(2, 30)})
    home = Home(tmp_path, berlin(f"{evening}T23:00"), night=night)
    async with home.running():
        await home.pass_time(9 * AN_HOUR_S, step_s=A_MINUTE_S)
    assert home.local_times == [expected]


@pytest.mark.parametrize(("off_s", "expected"), [(100, 1), (3 * A_MINUTE_S, 0), (AN_HOUR_S, 0)])
async def test_one_that_was_missed_is_said_only_within_the_grace(
    tmp_path: Path, off_s: float, expected: int
) -> None:
    home = Home(tmp_path, berlin("2026-11-20T06:59:50"))
    async with home.running():
        pass
    home.clock.advance(off_s)
    async with home.running():
        await home.pass_time(AN_HOUR_S)
    assert len(home.spoken) == expected


async def test_a_restart_within_the_minute_does_not_repeat_it(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T06:59:58"))
    for _ in range(3):
        async with home.running():
            await home.pass_time(10, step_s=1)
    assert home.local_times == ["20 07:00:00"]


async def test_it_is_noted_on_disk_before_it_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T06:59:58"))
    noted: list[str] = []

    def submit(announcement: Announcement, *, origin: str) -> None:
        home.submit(announcement, origin=origin)
        noted.append((tmp_path / "greetings.json").read_text())

    home.greetings = Greetings(
        home.settings,
        file=GreetingsFile(tmp_path / "greetings.json"),
        clock=home.clock,
        submit=submit,
        changed=lambda: None,
    )
    home.clock.advance(2)
    task = asyncio.create_task(home.greetings.run())
    await until(lambda: noted)
    task.cancel()
    await asyncio.wait({task})
    assert datetime.fromisoformat(json.loads(noted[0])["morning"]["done"]) == home.clock.now()


async def test_a_clock_that_is_set_from_the_past_skips_what_was_missed(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-08-01T06:50"))
    async with home.running():
        await home.set_wall(berlin("2026-11-20T12:00"))
        assert home.spoken == []
        await home.pass_time(24 * AN_HOUR_S)
    assert home.local_times == ["21 07:00:00"]


async def test_a_clock_that_is_set_to_just_after_the_time_says_it(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T03:00"))
    async with home.running():
        await home.set_wall(berlin("2026-11-20T07:00:30"))
    assert len(home.spoken) == 1


@pytest.mark.parametrize("back_s", [20, AN_HOUR_S, 20 * AN_HOUR_S])
async def test_a_clock_that_is_set_back_does_not_repeat_it(tmp_path: Path, back_s: float) -> None:
    home = Home(tmp_path, berlin("2026-11-20T06:59"))
    async with home.running():
        await home.pass_time(2 * A_MINUTE_S)
        await home.set_wall(home.clock.now() - timedelta(seconds=back_s))
        await home.pass_time(back_s + AN_HOUR_S)
    assert home.local_times == ["20 07:00:00"]


async def test_a_clock_that_was_months_ahead_silences_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2027-06-01T06:59"))
    async with home.running():
        await home.pass_time(2 * A_MINUTE_S)
        await home.set_wall(berlin("2026-11-20T06:00"))
        assert home.greetings.next() == berlin("2026-11-20T07:00")
        await home.pass_time(2 * AN_HOUR_S)
    assert home.local_times == ["01 07:00:00", "20 07:00:00"]


async def test_a_household_turns_time_and_switch_and_it_stays_turned(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T06:00"))
    async with home.running():
        home.greetings.change("morning", at=time(8, 15), enabled=None)
        home.greetings.change("morning", at=None, enabled=False)
        assert home.num_changes == 2
        await home.pass_time(24 * AN_HOUR_S)
    assert home.spoken == []
    async with home.running():
        (greeting,) = home.greetings.listed()
        assert (greeting.time, greeting.enabled, greeting.next) == (time(8, 15), False, None)
        assert home.greetings.next() is None
        home.greetings.change("morning", at=None, enabled=True)
        await home.pass_time(24 * AN_HOUR_S)
    assert home.local_times == ["21 08:15:00"]


async def test_a_time_that_has_just_passed_comes_tomorrow(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T06:30:20"))
    async with home.running():
        home.greetings.change("morning", at=time(6, 30), enabled=True)
        assert home.greetings.next() == berlin("2026-11-21T06:30")
        await home.pass_time(12 * AN_HOUR_S)
    assert home.spoken == []


async def test_new_settings_say_nothing_late_and_hold_from_now_on(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T07:30:30"))
    async with home.running():
        lunch = MORNING.model_copy(update={"time": time(12), "text": ("Lunch",)})
        changed = MORNING.model_copy(update={"time": time(7, 30)})
        await home.greetings.reload({"morning": changed, "lunch": lunch})
        await home.pass_time(24 * AN_HOUR_S)
    assert home.local_times == ["20 12:00:00", "21 07:30:00"]


async def test_next_is_shown_in_the_zone_of_the_greeting(tmp_path: Path) -> None:
    tokyo = MORNING.model_copy(update={"timezone": "Asia/Tokyo"})
    home = Home(tmp_path, berlin("2026-11-20T12:00"), far=tokyo, near=MORNING)
    far, near = home.greetings.listed()
    assert far.next is not None
    assert near.next is not None
    assert far.next.isoformat() == "2026-11-21T07:00:00+09:00"
    assert near.next.isoformat() == "2026-11-21T07:00:00+01:00"
    assert home.greetings.next() == far.next


async def test_of_several_texts_none_comes_twice_in_a_row_even_over_restarts(
    tmp_path: Path,
) -> None:
    several = MORNING.model_copy(update={"text": ("one", "two", "three")})
    home = Home(tmp_path, berlin("2026-11-01T00:00"), morning=several)
    for _ in range(40):
        async with home.running():
            await home.pass_time(24 * AN_HOUR_S, step_s=AN_HOUR_S)
    assert len(home.texts) == 40
    assert set(home.texts) == {"one", "two", "three"}
    assert all(before != after for before, after in zip(home.texts, home.texts[1:], strict=False))


async def test_it_can_be_said_now_whatever_the_hour_and_switch(tmp_path: Path) -> None:
    off = MORNING.model_copy(update={"enabled": False})
    home = Home(tmp_path, berlin("2026-11-20T12:00"), morning=off)
    home.greetings.say("morning", "now")
    assert [announcement.id for _, announcement in home.spoken] == ["now"]


async def test_one_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    home = Home(tmp_path, berlin("2026-11-20T12:00"))
    with pytest.raises(NotFoundError) as refused:
        home.greetings.change("evening", at=None, enabled=False)
    assert refused.value.reason == "unknown_greeting"
    with pytest.raises(NotFoundError):
        home.greetings.say("evening", "now")


async def test_a_disk_that_takes_nothing_stops_no_greeting(tmp_path: Path) -> None:
    (tmp_path / "greetings.json").mkdir()
    home = Home(tmp_path, berlin("2026-11-20T06:59"))
    async with home.running():
        await home.pass_time(5 * A_MINUTE_S)
    assert len(home.spoken) == 1


async def test_nothing_that_is_said_and_nobody_is_on_disk(tmp_path: Path) -> None:
    greeting = MORNING.model_copy(update={"text": ("Zebrawood",), "voice": "xaveria"})
    home = Home(tmp_path, berlin("2026-11-20T06:59"), morning=greeting)
    async with home.running():
        await home.pass_time(5 * A_MINUTE_S)
    kept = json.loads((tmp_path / "greetings.json").read_text())
    assert set(kept) == {"morning"}
    assert set(kept["morning"]) == {"at", "enabled", "done", "text"}
    assert kept["morning"]["text"] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(
        st.sampled_from(["morning", "at", "enabled", "done", "text"]), below, max_size=4
    ),
)  # fmt: skip


@given(JSON.map(json.dumps).map(str.encode) | st.binary(max_size=60))
def test_a_file_that_makes_no_sense_costs_only_what_it_kept(
    tmp_path_factory: pytest.TempPathFactory, written: bytes
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "greetings.json").write_bytes(written)
    home = Home(folder, berlin("2026-11-20T06:59"))
    assert [greeting.name for greeting in home.greetings.listed()] == ["morning"]


@pytest.mark.parametrize(
    ("name", "variable", "expected"),
    [
        ("Europe/Berlin", "Asia/Tokyo", ZoneInfo("Europe/Berlin")),
        (None, "Asia/Tokyo", ZoneInfo("Asia/Tokyo")),
        (None, ":Asia/Tokyo", ZoneInfo("Asia/Tokyo")),
        (None, "no zone", UTC),
    ],
)
def test_without_a_zone_of_its_own_it_keeps_to_the_systems(
    name: str | None, variable: str, expected: tzinfo
) -> None:
    assert zone_of(name, env={"TZ": variable}) == expected


def test_the_systems_clock_and_its_zone_agree() -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert moment.astimezone(zone_of(None)).utcoffset() == moment.astimezone().utcoffset()
