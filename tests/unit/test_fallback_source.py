"""A person's voice goes on with another engine; nothing that was heard is said again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.clock import SystemClock
from hub_agent.engines.engine import Emit, PersonalVoice, Progress, Prosody
from hub_agent.engines.family_only import FamilyOnly
from hub_agent.errors import UnavailableError
from hub_agent.text.segment import Segment
from hub_agent.voicing.fallback_source import FallbackSource
from hub_agent.voicing.speech_source import FamilySource
from tests.fakes.household import create, family, material, record
from voices.errors import ConsentRefusedError, VoiceNotFoundError
from voices.keeper import Enrolment, VoiceKeeper
from voices.members import Member
from voices.payload import Payload
from voices.purpose import Purpose
from voices.recording import Recording
from voices.vault.parts import new_id
from voices.voice import Voice
from voices.watermark.embedder import Strength

SEGMENTS = ("One.", "Two.", "Three.")
SILENCE = np.zeros(3200, np.float32)
SOUND = np.full(3200, 0.5, np.float32)


class Scripted(FamilyOnly):
    """Says a second of a level for every segment, or fails: before, or after a chunk of it."""

    look_ahead_ms = 0.0

    def __init__(
        self,
        name: str,
        sample_rate: int,
        *,
        fails_at: str = "",
        after: Samples | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        self.name = name
        self.sample_rate = sample_rate
        self.said: list[str] = []
        self.persons: list[int] = []
        self._fails_at = fails_at
        self._after = after
        self._meanwhile = meanwhile

    def load(self) -> None:
        pass

    def unload(self) -> None:
        pass

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        raise NotImplementedError

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        del voice
        self.persons.append(data.meta["person"])
        return _Voice(self)

    def say(self, segment: Segment, emit: Emit) -> None:
        if segment.text == self._fails_at:
            self._meanwhile()
            if self._after is not None:
                emit(self._after)
            raise UnavailableError("gone", reason="server_broke_off")
        self.said.append(segment.text)
        emit(np.full(self.sample_rate, 0.5, np.float32))


class _Voice:
    def __init__(self, engine: Scripted) -> None:
        self._engine = engine

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        del prosody
        self._engine.say(segment, emit)


class Rig:
    """Grandma, with voice data for some engines, and Bert, with data for all."""

    def __init__(self, root: Path, *engines: Scripted, data_for: Sequence[str]) -> None:
        self.household = create(root)
        self._enrol("bert", 9, [engine.name for engine in engines])
        self.member = self._enrol("grandma", 1, data_for)
        self.family = family(root)
        person = self.family.find("grandma")
        assert person is not None
        self.source = FallbackSource(
            [
                FamilySource(
                    engine,
                    person,
                    family=self.family,
                    announcement_id="a",
                    purpose=Purpose.ANNOUNCEMENTS,
                    room="kitchen",
                    sender="mqtt",
                    clock=SystemClock(),
                    strength=Strength.NORMAL,
                )
                for engine in engines
            ]
        )

    def _enrol(self, voice_id: str, person: int, engines: Sequence[str]) -> Member:
        data = {engine: Payload({"person": person}) for engine in engines}
        return VoiceKeeper(self.household).enrol(
            Enrolment(
                key=new_id(),
                id=voice_id,
                name=voice_id,
                language="en-us",
                material=replace(material(person), data=data),
                consent=record(self.household),
            )
        )

    def say(self) -> list[Samples]:
        """What is emitted for each segment."""
        heard: list[Samples] = []
        with self.source.open() as voice:
            for index, text in enumerate(SEGMENTS):
                chunks: list[Samples] = []
                segment = Segment(text=text, index=index, language="en")
                voice.speak(segment, Prosody(), partial(_taken, chunks))
                heard.append(np.concatenate(chunks))
        return heard


def _taken(chunks: list[Samples], samples: Samples) -> bool:
    chunks.append(samples)
    return True


def test_while_the_first_one_works_the_others_are_not_opened(tmp_path: Path) -> None:
    first, second = Scripted("first", 32_000), Scripted("second", 22_050)
    rig = Rig(tmp_path, first, second, data_for=["first", "second"])
    assert [speech.size for speech in rig.say()] == [32_000] * 3
    assert (first.said, second.persons) == (list(SEGMENTS), [])
    assert rig.source.engine_failed is None


@pytest.mark.parametrize("after", [None, SILENCE], ids=["at once", "after silence"])
def test_a_segment_that_nobody_heard_is_said_by_the_next_engine(
    tmp_path: Path, after: Samples | None
) -> None:
    first = Scripted("first", 32_000, fails_at="Two.", after=after)
    second = Scripted("second", 22_050)
    rig = Rig(tmp_path, first, second, data_for=["first", "second"])
    sizes = [speech.size for speech in rig.say()]
    assert sizes == [32_000, 32_000 + (0 if after is None else after.size), 32_000]
    assert (first.said, second.said) == (["One."], ["Two.", "Three."])
    assert (first.persons, second.persons) == ([1], [1])
    assert rig.source.engine_failed == "server_broke_off"


def test_a_segment_that_began_to_sound_is_not_said_again(tmp_path: Path) -> None:
    first = Scripted("first", 32_000, fails_at="Two.", after=SOUND)
    second = Scripted("second", 22_050)
    rig = Rig(tmp_path, first, second, data_for=["first", "second"])
    assert [speech.size for speech in rig.say()] == [32_000, SOUND.size, 32_000]
    assert (first.said, second.said) == (["One."], ["Three."])


def test_engines_the_voice_was_not_made_for_are_passed_over(tmp_path: Path) -> None:
    first = Scripted("first", 32_000)
    second, third = Scripted("second", 16_000, fails_at="One."), Scripted("third", 22_050)
    rig = Rig(tmp_path, first, second, third, data_for=["second", "third"])
    assert [speech.size for speech in rig.say()] == [32_000] * 3
    assert (first.persons, second.said, third.said) == ([], [], list(SEGMENTS))


def test_when_none_is_left_the_failure_is_told_and_nobody_else_speaks(tmp_path: Path) -> None:
    first, second = Scripted("first", 32_000, fails_at="Two."), Scripted("second", 22_050)
    rig = Rig(tmp_path, first, second, data_for=["first"])
    with pytest.raises(UnavailableError) as caught:
        rig.say()
    assert caught.value.reason == "server_broke_off"
    assert second.persons == []


def test_a_voice_made_for_none_of_them_is_said_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path, Scripted("first", 32_000), Scripted("second", 22_050), data_for=[])
    with pytest.raises(VoiceNotFoundError) as caught:
        rig.say()
    assert caught.value.reason == "no_voice_data"


def test_consent_is_asked_again_before_another_engine_speaks(tmp_path: Path) -> None:
    def withdraw() -> None:
        VoiceKeeper(rig.household).revoke(rig.member)

    first = Scripted("first", 32_000, fails_at="Two.", meanwhile=withdraw)
    second = Scripted("second", 22_050)
    rig = Rig(tmp_path, first, second, data_for=["first", "second"])
    with pytest.raises(ConsentRefusedError):
        rig.say()
    assert second.persons == []


def test_every_announcement_asks_the_first_one_again(tmp_path: Path) -> None:
    first, second = Scripted("first", 32_000, fails_at="Two."), Scripted("second", 22_050)
    rig = Rig(tmp_path, first, second, data_for=["first", "second"])
    rig.say()
    rig.say()
    assert first.said == ["One.", "One."]
