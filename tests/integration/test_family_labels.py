"""What is said about the voice of a person: in files, aloud, and under the mark."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, AudibleLabel, Outcome
from hub_agent.audio.rhythm import UNIT_MS
from hub_agent.labels.label import SourceType
from hub_agent.labels.read import audio_unchanged, read_labels
from hub_agent.settings.labels import LabelSettings
from hub_agent.sinks.speech_file import SpeechFile
from tests.fakes.house import RATE, House, into
from voices.watermark.detector import detect

TEXT = "Dinner is ready."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.household.lock()


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".opus"])
async def test_file_says_that_a_person_was_imitated_and_not_who(
    house: House, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    async with house.agent() as agent, SpeechFile(path, sample_rate=RATE) as sink:
        wanted = Announcement(text=TEXT, voice="grandma")
        assert (await agent.say_to(wanted, sink, origin="test")).outcome is Outcome.SPOKEN
    (label,) = read_labels(path)
    assert label.source_type == SourceType.CLONED
    assert audio_unchanged(path, label)
    content = content_of(path).lower()
    assert not any(word in content for word in (b"grandma", b"dinner", wanted.id.encode()))


async def test_settings_for_persons_do_not_concern_stock_voices(house: House) -> None:
    labels = LabelSettings(family_audible=AudibleLabel.RHYTHM)
    core = house.settings.core.model_copy(update={"labels": labels})
    settings = replace(house.settings, core=core)
    unit = round(UNIT_MS / 1000 * RATE)
    async with Agent(settings, data_dir=house.root / "data") as agent:
        _, person = await into(agent, Announcement(text=TEXT, voice="grandma"))
        _, stock = await into(agent, Announcement(text=TEXT))
    # The mark moves levels, not the rhythm: . -  . .
    levels = [float(np.std(person[at * unit : (at + 1) * unit])) for at in range(11)]
    assert [level > 0.02 for level in levels] == [each == "#" for each in "#.###...#.#"]
    assert abs(stock.size - person.size) / RATE > 0.8


async def test_the_spoken_label_carries_the_mark_too(house: House) -> None:
    async with house.agent() as agent:
        _, plain = await into(agent, Announcement(text="Yes.", voice="grandma"))
        spoken = Announcement(
            text="Yes.", voice="grandma", language="pl", audible_label=AudibleLabel.SPOKEN
        )
        _, labelled = await into(agent, spoken)
    notice = labelled[: labelled.size - plain.size]
    assert notice.size > 2 * RATE
    assert detect(notice, RATE, house.said_keys(), other_speeds=False).detected


def content_of(path: Path) -> bytes:
    return path.read_bytes()
