"""Ducking against a real PulseAudio daemon and real other programs."""

import asyncio
import json
import os
import stat
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hub_agent.announcing.ducking import Ducker, Pactl
from hub_agent.clock import SystemClock
from tests.fakes.pulse import PulseServer, poll_until, skip_without_pulse

pytestmark = pytest.mark.audio_device

FULL = 65536
MUSIC = (50_001, 40_003)


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulseServer]:
    skip_without_pulse()
    server = PulseServer(tmp_path_factory.mktemp("pulse"))
    server.start()
    try:
        yield server
    finally:
        server.kill()


def volumes(pulse: PulseServer) -> dict[str, tuple[int, ...]]:
    """The volume of every stream, by the name of its program."""
    listed = json.loads(pulse.pactl("--format=json", "list", "sink-inputs"))
    return {
        entry["properties"]["application.name"]: tuple(
            channel["value"] for channel in entry["volume"].values()
        )
        for entry in listed
    }


def indexes(pulse: PulseServer) -> dict[str, str]:
    """The number of every stream, by the name of its program."""
    listed = json.loads(pulse.pactl("--format=json", "list", "sink-inputs"))
    return {entry["properties"]["application.name"]: str(entry["index"]) for entry in listed}


@contextmanager
def program(
    pulse: PulseServer, name: str, volume: tuple[int, ...] = MUSIC, process_id: int | None = None
) -> Iterator[None]:
    """Another program that plays."""
    properties = [f"--property=application.process.id={process_id}"] if process_id else []
    with subprocess.Popen(
        ["pacat", f"--client-name={name}", *properties, "/dev/zero"], env=pulse.env
    ) as process:
        try:
            poll_until(lambda: name in volumes(pulse))
            pulse.pactl("set-sink-input-volume", indexes(pulse)[name], *map(str, volume))
            yield
        finally:
            process.kill()
    poll_until(lambda: name not in volumes(pulse))


@pytest.fixture
def music(pulse: PulseServer) -> Iterator[None]:
    with program(pulse, "music"):
        yield


@asynccontextmanager
async def ducking(pulse: PulseServer, folder: Path) -> AsyncIterator[Ducker]:
    async with Ducker(folder, clock=SystemClock(), pactl=Pactl(pulse.env)) as ducker:
        yield ducker


async def becomes(pulse: PulseServer, name: str, wanted: tuple[int, ...]) -> None:
    """Wait until a program has these volumes."""
    await asyncio.to_thread(poll_until, lambda: volumes(pulse).get(name) == wanted)


LOWERED = (12_500, 10_001)


@pytest.mark.usefixtures("music")
async def test_others_are_lowered_while_it_speaks_and_restored_exactly(
    pulse: PulseServer, tmp_path: Path
) -> None:
    async with ducking(pulse, tmp_path) as ducker:
        async with ducker.hold(25):
            await becomes(pulse, "music", LOWERED)
        await becomes(pulse, "music", MUSIC)


@pytest.mark.usefixtures("music")
async def test_overlapping_holds_restore_only_with_the_last(
    pulse: PulseServer, tmp_path: Path
) -> None:
    async with ducking(pulse, tmp_path) as ducker:
        async with ducker.hold(50):
            async with ducker.hold(25):
                await becomes(pulse, "music", LOWERED)
            await becomes(pulse, "music", (25_000, 20_002))
        await becomes(pulse, "music", MUSIC)


@pytest.mark.usefixtures("music")
async def test_a_volume_that_somebody_changes_meanwhile_stays(
    pulse: PulseServer, tmp_path: Path
) -> None:
    async with ducking(pulse, tmp_path) as ducker, ducker.hold(25):
        await becomes(pulse, "music", LOWERED)
        pulse.pactl("set-sink-input-volume", indexes(pulse)["music"], "33333", "22222")
        async with ducker.hold(10):
            await ducker.settled()
        await ducker.settled()
    assert volumes(pulse)["music"] == (33_333, 22_222)


async def test_our_own_stream_is_left_alone(pulse: PulseServer, tmp_path: Path) -> None:
    with ExitStack() as programs:
        programs.enter_context(program(pulse, "ours", (FULL, FULL), process_id=os.getpid()))
        programs.enter_context(program(pulse, "music"))
        async with ducking(pulse, tmp_path) as ducker, ducker.hold(25):
            await becomes(pulse, "music", LOWERED)
            assert volumes(pulse)["ours"] == (FULL, FULL)


@pytest.mark.usefixtures("music")
async def test_a_stream_that_ends_meanwhile_harms_nobody(
    pulse: PulseServer, tmp_path: Path
) -> None:
    async with ducking(pulse, tmp_path) as ducker:
        async with ducker.hold(25):
            with program(pulse, "radio"):
                async with ducker.hold(25):
                    await becomes(pulse, "radio", LOWERED)
        await becomes(pulse, "music", MUSIC)


@pytest.mark.usefixtures("music")
async def test_a_player_that_comes_back_with_our_volume_gets_its_own(
    pulse: PulseServer, tmp_path: Path
) -> None:
    async with ducking(pulse, tmp_path) as ducker:
        with program(pulse, "player"):
            hold = ducker.hold(25)
            await hold.__aenter__()
            await becomes(pulse, "player", LOWERED)
        with program(pulse, "player", LOWERED):
            await hold.__aexit__(None, None, None)
            await becomes(pulse, "player", MUSIC)


@pytest.mark.usefixtures("music")
async def test_the_start_after_a_crash_restores_what_was_lowered(
    pulse: PulseServer, tmp_path: Path
) -> None:
    state = tmp_path / "ducking.json"
    async with ducking(pulse, tmp_path) as ducker, ducker.hold(25):
        await becomes(pulse, "music", LOWERED)
        left_behind = state.read_bytes()
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert not state.exists()
    pulse.pactl("set-sink-input-volume", indexes(pulse)["music"], *map(str, LOWERED))
    state.write_bytes(left_behind)

    async with ducking(pulse, tmp_path):
        await becomes(pulse, "music", MUSIC)
    assert not state.exists()


@pytest.mark.usefixtures("music")
async def test_leaving_restores_even_in_the_middle_of_a_hold(
    pulse: PulseServer, tmp_path: Path
) -> None:
    async with ducking(pulse, tmp_path) as ducker:
        hold = ducker.hold(25)
        await hold.__aenter__()
        await becomes(pulse, "music", LOWERED)
    assert volumes(pulse)["music"] == MUSIC
    await hold.__aexit__(None, None, None)


async def test_without_pactl_speech_is_not_held_up_and_one_line_says_so(tmp_path: Path) -> None:
    nowhere = Pactl({"PATH": str(tmp_path)})
    with capture_logs() as said:
        async with Ducker(tmp_path, clock=SystemClock(), pactl=nowhere) as ducker:
            for _ in range(3):
                async with ducker.hold(25):
                    await ducker.settled()

    assert [entry["event"] for entry in said] == ["ducking does not work"]


ENDLESS = b'[{"index": 1e999, "key": "", "before": [], "lowered": []}]'


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1]", b'[{"index": "x"}]', ENDLESS, b"[" * 9999, b"\xff"]
)
async def test_a_damaged_state_file_is_no_obstacle(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "ducking.json").write_bytes(damage)
    async with Ducker(tmp_path, clock=SystemClock(), pactl=Pactl({"PATH": ""})) as ducker:
        await ducker.settled()
