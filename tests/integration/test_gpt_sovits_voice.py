"""A person speaks by a GPT-SoVITS model: vault, consent, engine, mark, audit log and sinks.

The model's weights are random, so what is heard is noise: of the right level and length.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub_agent.announcement import Announcement, Outcome
from hub_agent.audio.wav_read import read_wav
from hub_agent.cli.main import app
from hub_agent.enrolment.workshop import packed
from hub_agent.errors import ExitCode
from tests.cli.in_process import command_line
from tests.fakes.enrolling import answer
from tests.fakes.gpt_sovits_voice import install_pack, voice_data
from tests.fakes.house import RATE, House, into
from tests.fakes.household import material
from tests.fakes.person import recordings
from tests.fakes.playing import until
from voices.purpose import Purpose
from voices.watermark.detector import detect

ENGINE = "gpt_sovits"
SHORT = "Dinner is ready."
LONG = "Dinner is ready. Come in! " * 4


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    install_pack(tmp_path / "data")
    house = House(tmp_path, {ENGINE: voice_data()})
    yield house
    house.household.lock()


def wanted(text: str, **options: Any) -> Announcement:
    return Announcement(text=text, voice="grandma", engine=ENGINE, **options)


async def test_a_person_speaks_and_it_is_recorded(house: House) -> None:
    async with house.agent() as agent:
        result, speech = await into(agent, wanted(SHORT))
    assert (result.outcome, result.voice, result.engine) == (Outcome.SPOKEN, "grandma", ENGINE)
    assert 0.4 < speech.size / RATE < 4
    assert 0.01 < float(np.sqrt(np.mean(speech**2))) < 0.5
    (said,) = house.household.audit(None).utterances()
    assert said.begun.voice == house.member.key


async def test_what_is_said_carries_the_mark_of_this_home(house: House) -> None:
    async with house.agent() as agent:
        result, speech = await into(agent, wanted(LONG))
    assert result.outcome is Outcome.SPOKEN
    heard = detect(speech, RATE, house.said_keys(), other_speeds=False)
    assert heard.detected
    assert heard.payload is not None


async def test_sound_begins_before_the_sentence_is_finished(house: House) -> None:
    shares = []
    async with house.agent() as agent:
        for meal in ("Dinner", "Supper", "Breakfast"):
            result, _speech = await into(agent, wanted(f"{meal} is ready."))
            assert result.ttfa_s is not None
            assert result.rtf is not None
            shares.append(result.ttfa_s / (result.rtf * result.audio_s))
    assert min(shares) < 0.8


async def test_another_purpose_is_refused(house: House) -> None:
    async with house.agent() as agent:
        result, speech = await into(agent, wanted(SHORT, purpose=Purpose.TOYS))
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "purpose_not_consented")
    assert not speech.size


async def test_stopping_in_the_middle_leaves_the_engine_usable(house: House) -> None:
    async with house.agent() as agent:
        first = wanted(LONG, targets=("hall",))
        saying = asyncio.ensure_future(agent.say(first, origin="test"))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await asyncio.sleep(0.3)
        assert agent.stop(rooms=("hall",)) == 1
        async with asyncio.timeout(1.5):
            result = await saying
        assert result.outcome is Outcome.INTERRUPTED
        assert result.audio_s < 3
        again, speech = await into(agent, wanted(SHORT))
    assert again.outcome is Outcome.SPOKEN
    assert speech.size


async def test_withdrawing_silences_the_voice(house: House) -> None:
    async with house.agent() as agent:
        saying = asyncio.ensure_future(agent.say(wanted(LONG, targets=("hall",)), origin="test"))
        await until(lambda: agent.health()["rooms"]["hall"]["speaking"])
        await asyncio.to_thread(house.keeper.revoke, house.member)
        async with asyncio.timeout(1.5):
            result = await saying
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "consent_revoked")


async def test_a_voice_of_another_model_says_what_to_type(tmp_path: Path) -> None:
    install_pack(tmp_path / "data")
    data = voice_data()
    other = replace(data, meta={**data.meta, "sha256": "0" * 64})
    house = House(tmp_path, {ENGINE: other})
    async with house.agent() as agent:
        result, speech = await into(agent, wanted(SHORT))
    assert (result.outcome, result.reason) == (Outcome.FAILED, "fitted_to_another_model")
    assert not speech.size


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[House]:
    """A house in which grandma's recordings were kept, and only the embedded engine has data."""
    install_pack(tmp_path / "data")
    house = House(tmp_path)
    spoken = replace(material(1), recordings=packed(recordings()))
    house.member = house.keeper.update(house.member, spoken)
    (tmp_path / "hub.yaml").write_text(
        f"data_dir: {tmp_path / 'data'}\nvault:\n  key_file: {tmp_path / 'keys' / 'vault.key'}\n"
    )
    yield house
    house.household.lock()


def test_a_voice_is_fitted_from_the_recordings_that_were_kept_and_speaks(kept: House) -> None:
    home = ("--config", str(kept.root / "hub.yaml"))
    speaking = ("say", SHORT, "--voice", "grandma", "--engine", ENGINE, "--json", *home)
    with command_line(kept.root) as runner:
        early = runner.invoke(app, [*speaking, "--out", "early.wav"])
        assert early.exit_code != 0
        assert answer(early)["reason"] == "no_voice_data"
        assert "hub-agent voices fit" in early.output
        fitted = runner.invoke(
            app, ["voices", "fit", "grandma", "--engine", ENGINE, "--json", *home]
        )
        assert fitted.exit_code == 0, fitted.output
        assert answer(fitted) == {"id": "grandma", "engine": ENGINE, "version": 3}
        shown = answer(runner.invoke(app, ["voices", "show", "grandma", "--json", *home]))
        assert shown["engines"] == ["embedded", ENGINE]
        spoken = runner.invoke(app, [*speaking, "--out", "late.wav"])
        assert spoken.exit_code == 0, spoken.output
        assert answer(spoken)["engine"] == ENGINE
    samples, rate = read_wav(kept.root / "late.wav", max_s=10)
    assert samples.size > 0.4 * rate
    assert np.abs(samples).max() > 0.05
    assert not (kept.root / "early.wav").exists()


def test_a_voice_without_recordings_is_not_fitted(kept: House) -> None:
    kept.keeper.update(kept.member, replace(material(1), recordings=None))
    home = ("--config", str(kept.root / "hub.yaml"))
    with command_line(kept.root) as runner:
        done = runner.invoke(app, ["voices", "fit", "grandma", "--engine", ENGINE, *home])
    assert done.exit_code == ExitCode.BAD_DATA
    assert "not kept" in done.output
    assert "voices update" in done.output
