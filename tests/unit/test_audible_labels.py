"""What is heard because speech is synthetic: who needs it, when it comes, how it sounds."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, AnnouncementResult, AudibleLabel, Outcome
from hub_agent.announcing.pipeline import Block, render
from hub_agent.announcing.utterance import Utterance, Wording
from hub_agent.audio.rhythm import LEVEL_DB, UNIT_MS, rhythm
from hub_agent.audio.stage import Samples
from hub_agent.engines.engine import Prosody
from hub_agent.labels.audible import notice_for
from hub_agent.labels.notices import notice, notice_rate
from hub_agent.labels.read import read_labels
from hub_agent.settings.labels import LabelPosition, LabelSettings
from hub_agent.settings.models import CoreSettings, RoomSettings, SpeechSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings, WavSinkSettings
from hub_agent.text.segmenter import segments
from hub_agent.voicing.speech_source import StockSource
from tests.fakes.engine import FakeEngine, registry_of
from tests.fakes.marking import UNMARKED
from tests.fakes.sink import RecordingSink

NONE, RHYTHM, SPOKEN = AudibleLabel.NONE, AudibleLabel.RHYTHM, AudibleLabel.SPOKEN
START, END, BOTH = LabelPosition.START, LabelPosition.END, LabelPosition.BOTH
ENGLISH = "This voice is artificially generated."
GERMAN = "Diese Stimme ist künstlich erzeugt."
RATE = 16_000


class Talking:
    """An agent with a fake engine, and what it said."""

    def __init__(self, agent: Agent, engine: FakeEngine) -> None:
        self._agent = agent
        self._engine = engine

    async def say(self, text: str, **fields: object) -> tuple[AnnouncementResult, Samples]:
        self._engine.said.clear()
        announcement = Announcement(**{"text": text, **fields})  # type: ignore[arg-type]
        async with RecordingSink(sample_rate=RATE) as sink:
            result = await self._agent.say_to(announcement, sink, origin="test")
            return result, sink.audio()

    @property
    def said(self) -> list[str]:
        return self._engine.said


@asynccontextmanager
async def talking(folder: Path, **labels: object) -> AsyncGenerator[Talking, None]:
    engine = FakeEngine()
    engines = registry_of(engine)
    room = RoomSettings(sinks=(NullSinkSettings(type="null"),))
    core = CoreSettings(
        rooms={"kitchen": room},
        speech=SpeechSettings(engine="fake", language="en"),
        labels=LabelSettings.model_validate(labels),
    )
    async with Agent(Settings(core=core), data_dir=folder, engines=engines) as agent:
        yield Talking(agent, engine)


def spans(samples: Samples, sample_rate: int, join_ms: float = 20.0) -> list[tuple[float, float]]:
    """Begin and end of every sound, in ms."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    cuts = np.flatnonzero(np.diff(loud) > join_ms / 1000 * sample_rate)
    begins = [loud[0], *loud[cuts + 1]]
    ends = [*loud[cuts], loud[-1]]
    return [
        (b / sample_rate * 1000, e / sample_rate * 1000) for b, e in zip(begins, ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("asked", "demanded", "heard"),
    [
        (NONE, NONE, None),
        (NONE, RHYTHM, RHYTHM),
        (RHYTHM, NONE, RHYTHM),
        (RHYTHM, SPOKEN, SPOKEN),
        (SPOKEN, RHYTHM, SPOKEN),
        (NONE, SPOKEN, SPOKEN),
    ],
)
@pytest.mark.parametrize("family", [True, False])
def test_an_announcement_may_ask_for_more_and_never_for_less(
    asked: AudibleLabel, demanded: AudibleLabel, heard: AudibleLabel | None, family: bool
) -> None:
    field = "family_audible" if family else "stock_audible"
    settings = LabelSettings.model_validate({field: demanded})
    due = notice_for(asked, settings, family=family, language="en")
    found = None if due is None else SPOKEN if due.sentence else RHYTHM
    assert found is heard


async def test_nothing_is_heard_unless_asked_for(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("Hello there.")
        assert talk.said == ["Hello there."]


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (START, [ENGLISH, "One.", "Two."]),
        (END, ["One.", "Two.", ENGLISH]),
        (BOTH, [ENGLISH, "One.", "Two.", ENGLISH]),
    ],
)
async def test_the_sentence_is_said_by_the_same_voice_where_it_belongs(
    tmp_path: Path, position: LabelPosition, said: list[str]
) -> None:
    async with talking(tmp_path, stock_audible="spoken", position=position) as talk:
        result, heard = await talk.say("One. Two.")
        assert (result.outcome, talk.said) == (Outcome.SPOKEN, said)
        lengths = [end - begin for begin, end in spans(heard, RATE)]
        assert lengths == pytest.approx([200 * len(text.split()) for text in said], abs=25)


async def test_the_sentence_is_in_the_language_of_the_text(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("Eins.", language="de", audible_label=SPOKEN)
        assert talk.said == [GERMAN, "Eins."]


async def test_text_without_speech_is_refused_before_anything_is_heard(tmp_path: Path) -> None:
    async with talking(tmp_path, stock_audible="spoken") as talk:
        result, heard = await talk.say("...")
        assert (result.outcome, result.reason) == (Outcome.REJECTED, "nothing_to_say")
        assert not heard.size


async def test_the_sentence_does_not_hide_that_the_engine_was_silent(tmp_path: Path) -> None:
    async with talking(tmp_path, stock_audible="spoken", position="both") as talk:
        result, _ = await talk.say("Silence.")
        assert (result.outcome, result.reason) == (Outcome.FAILED, "no_audio")


@pytest.mark.parametrize("position", [START, END])
async def test_the_rhythm_is_heard_before_or_after_the_text(
    tmp_path: Path, position: LabelPosition
) -> None:
    async with talking(tmp_path, position=position) as talk:
        _, heard = await talk.say("One.", audible_label=RHYTHM)
        assert talk.said == ["One."]
    lengths = [end - begin for begin, end in spans(heard, RATE)]
    label, word = (lengths[:4], lengths[4:]) if position is START else (lengths[1:], lengths[:1])
    assert label == pytest.approx([90, 270, 90, 90], abs=12)
    assert word == pytest.approx([200], abs=12)


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 22_050, 48_000])
def test_the_rhythm_is_short_long_short_short_at_the_level_of_speech(sample_rate: int) -> None:
    samples = rhythm(sample_rate)
    found = spans(samples, sample_rate)
    lengths = [end - begin for begin, end in found]
    pauses = [after[0] - before[1] for before, after in pairwise(found)]
    assert lengths == pytest.approx([UNIT_MS, 3 * UNIT_MS, UNIT_MS, UNIT_MS], abs=6)
    assert pauses == pytest.approx([UNIT_MS, 3 * UNIT_MS, UNIT_MS], abs=6)
    middle = samples[round(0.2 * sample_rate) : round(0.4 * sample_rate)]
    assert 20 * np.log10(np.std(middle)) == pytest.approx(LEVEL_DB, abs=0.5)
    assert np.abs(samples).max() < 0.5
    assert np.abs(np.diff(samples[: round(0.002 * sample_rate)])).max() < 0.02


@pytest.mark.parametrize("language", ["zh", "zh-cn", "cmn"])
def test_the_chinese_sentence_holds_the_words_of_the_rule_and_is_slow(language: str) -> None:
    sentence = notice(language) or ""
    assert "人工智能" in sentence
    assert "合成" in sentence or "生成" in sentence
    assert notice_rate(language) < 1.0


@pytest.mark.parametrize(
    "language", ["en", "de", "es", "zh", "fr", "it", "nl", "pt", "pl", "ja", "ko"]
)
def test_these_languages_have_a_sentence(language: str) -> None:
    due = notice_for(SPOKEN, LabelSettings(), family=True, language=f"{language}-x-home")
    assert due is not None
    assert due.sentence


def test_where_there_is_no_sentence_the_rhythm_is_heard() -> None:
    due = notice_for(SPOKEN, LabelSettings(), family=True, language="tlh")
    assert due is not None
    assert due.sentence is None


async def test_files_of_one_announcement_share_an_id_that_tells_nothing(tmp_path: Path) -> None:
    def room(name: str) -> RoomSettings:
        return RoomSettings(sinks=(WavSinkSettings(type="wav", folder=tmp_path / name),))

    engines = registry_of(FakeEngine())
    core = CoreSettings(
        rooms={"a": room("a"), "b": room("b")}, speech=SpeechSettings(engine="fake", language="en")
    )
    async with Agent(Settings(core=core), data_dir=tmp_path, engines=engines) as agent:
        wanted = Announcement(text="Hello", id="grandmas-door", targets=("all",))
        result = await agent.say(wanted, origin="test")
    assert result.outcome is Outcome.SPOKEN
    files = written_in(tmp_path)
    ids = {label.produce_id for path in files for label in read_labels(path)}
    assert len(files) == 2
    assert len(ids) == 1
    assert not any(b"grandmas-door" in path.read_bytes() for path in files)


def written_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.wav"))


def test_what_was_interrupted_goes_on_without_saying_it_again() -> None:
    heard: list[str] = []
    for skip in (0, 1):
        engine = FakeEngine()
        utterance = Utterance(
            id="x",
            wording=Wording(("One. Two.",)),
            segments=segments("One. Two.", "en"),
            source=StockSource(engine, engine.voices()[0], UNMARKED),
            prosody=Prosody(),
            volume=100,
            gain_db=0.0,
            chime=None,
            sample_rate=RATE,
            skip=skip,
            notice=notice_for(SPOKEN, LabelSettings(), family=False, language="en"),
        )
        render(utterance, Everything())
        heard.append(" ".join(engine.said))
    assert heard == [f"{ENGLISH} One. Two.", "Two."]


class Everything:
    """Takes all blocks."""

    def emit(self, item: Block) -> bool:
        return bool(item.samples.size)

    def wait_for_room(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False
