"""What a family voice said by a slow engine is said again at once, marked and consented anew."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, Outcome
from hub_agent.audio.stage import Samples
from hub_agent.clock import SystemClock
from hub_agent.engines.engine import Emit, PersonalVoice, Progress, Prosody
from hub_agent.engines.family_only import FamilyOnly
from hub_agent.engines.gpt_sovits import GptSovitsEngine
from hub_agent.gpt_sovits.voice_data import VoiceData
from hub_agent.models.store import pack_store
from hub_agent.paths import models_folder
from hub_agent.settings.gpt_sovits import GptSovitsSettings
from hub_agent.settings.models import SpeechSettings
from hub_agent.settings.settings import Settings
from hub_agent.text.segment import Segment
from hub_agent.voicing.speech_source import FamilySource
from tests.fakes.engine import registry_of
from tests.fakes.gpt_sovits_voice import install_pack, voice_data
from tests.fakes.house import RATE, House, into
from tests.fakes.household import family
from tests.fakes.playing import until
from voices.payload import Payload
from voices.purpose import Purpose
from voices.recording import Recording
from voices.voice import Voice
from voices.watermark.detector import detect
from voices.watermark.embedder import Strength

LONG = "The washing machine has finished and dinner is ready. Everybody come to the table now."
SLOW = "slow"


class Slow(FamilyOnly):
    """Hums for as long as a text is; "stuck" hums until somebody stops it."""

    name = SLOW
    sample_rate = 16_000
    look_ahead_ms = 0.0

    def __init__(self) -> None:
        self.said: list[str] = []
        self.way = "usual"

    def load(self) -> None:
        pass

    def unload(self) -> None:
        pass

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        raise NotImplementedError

    def manner(self, data: Payload, voice: Voice) -> str:
        del data, voice
        return self.way

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        del data, voice
        return _Humming(self)


@dataclass
class _Humming:
    engine: Slow

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        del prosody
        self.engine.said.append(segment.text)
        wanted, chunks = True, 2 * len(segment.text)
        rng = np.random.default_rng(len(segment.text))
        while wanted and chunks:
            wanted = emit(0.2 * rng.standard_normal(800).astype(np.float32))
            chunks -= "stuck" not in segment.text


class Counting(GptSovitsEngine):
    """Tells how often it was asked."""

    voices_made = 0
    segments_said = 0

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        self.voices_made += 1
        return super().personal_voice(data, voice)

    def speak_as(self, data: VoiceData, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        self.segments_said += 1
        super().speak_as(data, segment, prosody, emit)


@dataclass
class Rig:
    house: House
    engine: Slow = field(default_factory=Slow)

    @asynccontextmanager
    async def agent(self, phrase_cache_mb: int = 64) -> AsyncGenerator[Agent, None]:
        speech = SpeechSettings(family_engines=(SLOW,), phrase_cache_mb=phrase_cache_mb)
        core = self.house.settings.core.model_copy(update={"speech": speech})
        engines, data = registry_of(self.engine), self.house.root / "data"
        async with Agent(Settings(core=core), data_dir=data, engines=engines) as agent:
            yield agent

    def files(self) -> list[Path]:
        folder = self.house.root / "data" / "phrases"
        return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    house = House(tmp_path, {SLOW: Payload({"person": 1})})
    yield Rig(house)
    house.household.lock()


def wanted(text: str = LONG, **options: Any) -> Announcement:
    return Announcement(text=text, voice="grandma", **options)


def spoken(source: FamilySource, text: str) -> Samples:
    pieces: list[Samples] = []

    def take(samples: Samples) -> bool:
        pieces.append(samples)
        return True

    with source.open() as voice:
        voice.speak(Segment(text=text, index=0, language="en-us"), Prosody(), take)
    return np.concatenate(pieces)


def test_the_second_time_the_network_is_not_asked_and_the_samples_are_the_same(
    tmp_path: Path,
) -> None:
    install_pack(tmp_path / "data")
    house = House(tmp_path, {"gpt_sovits": voice_data()})
    engine = Counting(pack_store(models_folder(tmp_path / "data")), GptSovitsSettings(threads=1))
    voices = family(tmp_path)
    person = voices.find("grandma")
    assert person is not None
    source = FamilySource(
        engine,
        person,
        family=voices,
        announcement_id="a",
        purpose=Purpose.ANNOUNCEMENTS,
        room="kitchen",
        sender="mqtt",
        clock=SystemClock(),
        strength=Strength.NORMAL,
        phrase_cache_bytes=64_000_000,
    )
    first = spoken(source, "Dinner is ready.")
    engine.unload()
    again = spoken(source, "Dinner is ready.")
    assert np.array_equal(first, again)
    assert (engine.voices_made, engine.segments_said) == (1, 1)
    for pcm in (first, np.round(first * 32767).astype("<i2")):
        raw = pcm.tobytes()
        pieces = [raw[at : at + 32] for at in range(0, len(raw) - 32, len(raw) // 16)]
        audible = [piece for piece in pieces if len(set(piece)) > 16]
        assert len(audible) > 5
        for file in (path for path in (tmp_path / "data").rglob("*") if path.is_file()):
            content = file.read_bytes()
            assert not any(piece in content for piece in audible), file
    house.household.lock()


async def test_the_agent_says_it_again_marked_and_recorded(rig: Rig) -> None:
    async with rig.agent() as agent:
        await into(agent, wanted())
        asked = list(rig.engine.said)
        assert asked
        result, speech = await into(agent, wanted())
    assert (result.outcome, result.engine) == (Outcome.SPOKEN, SLOW)
    assert rig.engine.said == asked
    lines = rig.house.household.audit(None).utterances()
    assert len(list(lines)) == 2
    heard = detect(speech, RATE, rig.house.said_keys(), other_speeds=False)
    assert heard.detected


async def test_another_way_of_speaking_or_another_text_is_asked_for(rig: Rig) -> None:
    async with rig.agent() as agent:
        await into(agent, wanted("Come in."))
        await into(agent, wanted("Come in!"))
        rig.engine.way = "another"
        await into(agent, wanted("Come in."))
    assert len(rig.engine.said) == 3


async def test_another_purpose_is_refused_although_it_was_said_before(rig: Rig) -> None:
    async with rig.agent() as agent:
        await into(agent, wanted())
        result, speech = await into(agent, wanted(purpose=Purpose.TOYS))
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "purpose_not_consented")
    assert not speech.size


async def test_what_was_cut_is_not_kept(rig: Rig) -> None:
    async with rig.agent() as agent:
        said = agent.say(wanted("This is stuck.", targets=("hall",)), origin="test")
        saying = asyncio.ensure_future(said)
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        assert agent.stop(rooms=("hall",)) == 1
        assert (await saying).outcome is Outcome.INTERRUPTED
    assert not rig.files()


async def test_withdrawing_ends_what_is_said_from_the_files(rig: Rig) -> None:
    async with rig.agent() as agent:
        await into(agent, wanted())
        assert rig.files()
        said = agent.say(wanted(targets=("hall",)), origin="test")
        saying = asyncio.ensure_future(said)
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await asyncio.to_thread(rig.house.keeper.revoke, rig.house.member)
        async with asyncio.timeout(1.5):
            result = await saying
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "consent_revoked")
    assert not rig.files()


@pytest.mark.parametrize("phrase_cache_mb", [0, 1])
async def test_no_more_is_kept_than_the_settings_say(rig: Rig, phrase_cache_mb: int) -> None:
    async with rig.agent(phrase_cache_mb) as agent:
        for number in range(4):
            await into(agent, wanted(f"Dinner number {number}. {LONG}"))
    total = sum(path.stat().st_size for path in rig.files())
    assert total <= phrase_cache_mb * 1_000_000
    assert bool(total) == bool(phrase_cache_mb)
