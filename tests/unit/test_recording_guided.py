"""The shell around the session: samples, keys and screens that the test hands in."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError
from hub_agent.recording.errors import AbandonedError, MicrophoneError
from hub_agent.recording.guided import Guided, Judge, Studio, guide, guide_statement
from hub_agent.recording.session import Judgement, Key, Phase, View
from voices.prompts.prompt import Prompt

RATE = 16_000
BLOCK = 700
PROMPTS = tuple(
    Prompt(id=f"en-{number}", text=f"Sentence {number}.", language="en") for number in (1, 2, 3)
)


def quiet(seconds: float) -> Samples:
    noise = np.random.default_rng(1).normal(0, 3e-4, round(seconds * RATE))
    return noise.astype(np.float32)


def voice(seconds: float, level: float = 0.2) -> Samples:
    samples: Samples = level * np.sin(np.arange(round(seconds * RATE)) * 0.1)
    return samples.astype(np.float32)


def reading(*lengths_s: float) -> Samples:
    """A quiet room, then sentences with pauses."""
    parts = [quiet(2.1)]
    for length_s in lengths_s:
        parts += [quiet(0.5), voice(length_s), quiet(1.5)]
    return np.concatenate(parts)


class Tape:
    """A microphone that has all the sound already; ends as an unplugged one does."""

    sample_rate = RATE

    def __init__(self, sound: Samples) -> None:
        self._sound = sound
        self._at = 0
        self.overflows = 0
        self.given: list[Samples] = []

    def read(self, timeout_s: float) -> Samples:
        assert timeout_s > 0
        if self._at >= self._sound.size:
            raise MicrophoneError("the microphone is away", reason="device_away")
        block = self._sound[self._at : self._at + BLOCK].copy()
        self._at += BLOCK
        self.given.append(block)
        return block

    def discard(self) -> None:
        """What the tape holds is still to come."""


@dataclass
class Person:
    """Looks at the screen and presses a key once, when a phase of a prompt is reached."""

    plan: deque[tuple[Phase, int, Key]] = field(default_factory=deque)
    seen: list[View] = field(default_factory=list)

    def show(self, view: View) -> None:
        self.seen.append(view)

    def pressed(self) -> list[Key]:
        if not self.plan or not self.seen:
            return []
        phase, number, key = self.plan[0]
        view = self.seen[-1]
        if (view.phase, view.number) != (phase, number):
            return []
        self.plan.popleft()
        return [key]


class Rig:
    """A studio, and what happened in it."""

    def __init__(self, sound: Samples, *plan: tuple[Phase, int, Key]) -> None:
        self.tape = Tape(sound)
        self.person = Person(deque(plan))
        self.judged: list[tuple[Samples, str]] = []
        self.played: list[Samples] = []
        self.can_play = True

    @property
    def studio(self) -> Studio:
        return Studio(source=self.tape, keys=self.person, screen=self.person, play=self._play)

    def judge(self, *answers: Judgement) -> Judge:
        """Answers in turn, then all is well; remembers what it was shown, without a copy."""
        left = deque(answers)

        def judge(samples: Samples, rate: int, text: str) -> Judgement:
            assert rate == RATE
            self.judged.append((samples, text))
            return left.popleft() if left else Judgement(True)

        return judge

    def guide(self, *answers: Judgement, prompts: Sequence[Prompt] = PROMPTS) -> Guided:
        return guide(prompts, self.judge(*answers), self.studio)

    def phases(self) -> set[Phase]:
        return {view.phase for view in self.person.seen}

    def _play(self, samples: Samples, rate: int, stop: Callable[[], bool]) -> None:
        assert rate == RATE
        assert not stop()
        if not self.can_play:
            raise SinkError("the loudspeaker is away")
        self.played.append(samples.copy())


def test_reading_everything_gives_a_recording_of_every_prompt() -> None:
    rig = Rig(reading(3.0, 4.0, 2.0))

    guided = rig.guide()

    recordings = guided.recordings()
    assert [each.transcript for each in recordings] == [prompt.text for prompt in PROMPTS]
    assert [text for _, text in rig.judged] == [prompt.text for prompt in PROMPTS]
    assert guided.speech_s == pytest.approx(9.0, abs=0.3)
    for each, length_s in zip(recordings, (3.0, 4.0, 2.0), strict=True):
        assert length_s + 0.4 < each.duration_s < length_s + 0.8
        assert each.sample_rate == RATE
        assert each.language == "en"


def test_no_sample_of_the_voice_is_lost_at_its_ends() -> None:
    sentence = voice(3.0)
    rig = Rig(np.concatenate([quiet(2.6), sentence, quiet(1.5)]))

    [take] = rig.guide(prompts=PROMPTS[:1]).takes

    at = int(np.flatnonzero(np.abs(take.samples) > 0.01)[0]) - 1
    assert np.array_equal(take.samples[at : at + sentence.size], sentence)


def test_a_refused_take_is_read_again_with_the_advice_on_the_screen() -> None:
    rig = Rig(reading(3.0, 3.0), (Phase.REFUSED, 1, Key.ENTER))

    guided = rig.guide(Judgement(False, "Come closer, please."), prompts=PROMPTS[:1])

    assert len(guided.takes) == 1
    assert "Come closer, please." in {view.advice for view in rig.person.seen}
    assert not rig.judged[0][0].any(), "the refused take was not wiped"
    assert rig.judged[1][0].any()


def test_a_take_is_played_back_as_it_was_recorded() -> None:
    rig = Rig(reading(3.0, 3.0), (Phase.LISTENING, 2, Key.PLAY))

    guided = rig.guide(prompts=PROMPTS[:2])

    assert np.array_equal(rig.played[0], guided.takes[0].samples)


def test_without_a_loudspeaker_the_session_goes_on() -> None:
    rig = Rig(reading(3.0, 3.0), (Phase.LISTENING, 2, Key.PLAY))
    rig.can_play = False

    assert len(rig.guide(prompts=PROMPTS[:2]).takes) == 2
    assert any("no loudspeaker" in view.advice for view in rig.person.seen)


def test_a_take_with_a_hole_in_it_is_refused_without_being_judged() -> None:
    rig = Rig(reading(3.0, 3.0), (Phase.REFUSED, 1, Key.ENTER))
    losing = rig.person.show

    def show(view: View) -> None:
        losing(view)
        if view.phase is Phase.SPEAKING and not rig.tape.overflows:
            rig.tape.overflows = 1

    rig.person.show = show  # type: ignore[method-assign]  # the screen is where the test looks in
    rig.guide(prompts=PROMPTS[:1])

    assert len(rig.judged) == 1
    assert any("lost" in view.advice for view in rig.person.seen)


def test_quitting_throws_everything_away() -> None:
    rig = Rig(reading(3.0, 3.0, 3.0), (Phase.LISTENING, 3, Key.QUIT), (Phase.QUITTING, 3, Key.YES))

    with pytest.raises(AbandonedError) as caught:
        rig.guide()

    assert caught.value.exit_code == 130
    assert len(rig.judged) == 2
    assert not any(samples.any() for samples, _ in rig.judged)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("judge")])
def test_whatever_breaks_the_session_everything_is_wiped(error: BaseException) -> None:
    rig = Rig(reading(3.0, 3.0))
    judge = rig.judge()

    def breaking(samples: Samples, rate: int, text: str) -> Judgement:
        judgement = judge(samples, rate, text)
        if len(rig.judged) == 2:
            raise error
        return judgement

    with pytest.raises(type(error)):
        guide(PROMPTS, breaking, rig.studio)

    assert len(rig.judged) == 2
    assert not any(samples.any() for samples, _ in rig.judged)


def test_a_microphone_that_goes_away_is_an_error_and_leaves_nothing() -> None:
    rig = Rig(reading(3.0))

    with pytest.raises(MicrophoneError):
        rig.guide()

    assert not rig.judged[0][0].any()
    assert not any(block.any() for block in rig.tape.given[:-1])


def test_nothing_read_is_nothing_kept() -> None:
    rig = Rig(
        reading(1.0),
        *((Phase.LISTENING, number, Key.SKIP) for number in (1, 2, 3, 1, 2, 3)),
    )

    with pytest.raises(AbandonedError):
        rig.guide()


def test_what_came_of_a_session_can_be_wiped_and_does_not_show_itself() -> None:
    guided = Rig(reading(3.0)).guide(prompts=PROMPTS[:1])
    assert "Sentence" not in repr(guided)
    assert "array" not in repr(guided)

    guided.wipe()
    assert not guided.takes[0].samples.any()


def test_a_statement_is_one_long_take_with_pauses_between_its_lines() -> None:
    sound = np.concatenate([quiet(2.6), voice(5.0), quiet(2.0), voice(5.0), quiet(3.0)])
    rig = Rig(sound)

    statement = guide_statement(["I lend my voice.", "Until May."], rig.judge(), rig.studio)

    assert statement.speech_s == pytest.approx(12.0, abs=0.2)
    assert rig.judged[0][1] == "I lend my voice.\nUntil May."
    statement.wipe()
    assert not statement.samples.any()


def test_a_statement_that_is_too_short_is_read_again() -> None:
    sound = np.concatenate([quiet(2.6), voice(4.0), quiet(4.0), voice(9.0), quiet(3.0)])
    rig = Rig(sound, (Phase.REFUSED, 1, Key.ENTER))

    statement = guide_statement(["I lend my voice."], None, rig.studio)

    assert statement.speech_s == pytest.approx(9.0, abs=0.2)
    assert any("too short" in view.advice for view in rig.person.seen)
