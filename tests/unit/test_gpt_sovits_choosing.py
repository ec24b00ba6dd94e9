"""Of many recordings the ones are chosen that a voice is best read from."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hub_agent.engines.espeak import ESpeak
from hub_agent.enrolment.text_check import joined
from hub_agent.gpt_sovits.choosing import References, choose_references
from hub_agent.gpt_sovits.reference import PROMPT_S
from tests.fakes.person import recordings
from tests.fakes.speech_material import white
from voices.errors import EnrolmentRefusedError
from voices.recording import Recording


@cache
def espeak() -> ESpeak:
    loaded = ESpeak()
    loaded.load()
    return loaded


def chosen(*spoken: Recording) -> References:
    return choose_references(spoken, espeak(), lambda _share: None)


def noisy(recording: Recording) -> Recording:
    noise = white(recording.samples.size) * np.float32(0.1)
    return replace(recording, samples=recording.samples + noise)


def clipped(recording: Recording) -> Recording:
    top = np.quantile(np.abs(recording.samples), 0.9)
    return replace(recording, samples=np.clip(recording.samples, -top, top))


def hurried(recording: Recording) -> Recording:
    """Twice as fast, and so too high: what counts is the pace."""
    return replace(recording, samples=recording.samples[::2])


@pytest.mark.parametrize("spoil", [noisy, clipped])
def test_the_cleanest_recording_is_the_prompt(spoil: object) -> None:
    assert callable(spoil)
    first, second, third = recordings()[:3]
    found = chosen(spoil(first), second, spoil(third))
    assert found.prompt.transcript == second.transcript
    assert found.styles[0].transcript == second.transcript


def test_the_usual_pace_is_preferred() -> None:
    first, second, third, fourth = recordings()[:4]
    found = chosen(hurried(first), second, third, fourth)
    assert found.prompt.transcript != first.transcript
    assert found.styles[-1].transcript == first.transcript


def test_a_recording_that_says_something_else_is_no_prompt() -> None:
    first, second, third = recordings()[:3]
    exchanged = replace(first, transcript=third.transcript)
    assert chosen(exchanged, noisy(second)).prompt.transcript == second.transcript


def test_silence_around_the_words_is_left_out() -> None:
    (recording,) = recordings()[:1]
    silence = np.zeros(8 * recording.sample_rate, np.float32)
    padded = replace(recording, samples=np.concatenate([silence, recording.samples, silence]))
    found = chosen(padded)
    assert abs(found.prompt.duration_s - recording.duration_s) < 0.6
    assert found.prompt.transcript == recording.transcript


def test_a_long_recording_is_cut_at_its_pauses_with_its_text() -> None:
    pause = np.zeros(round(0.6 * recordings()[0].sample_rate), np.float32)
    spoken = [
        replace(one, samples=np.concatenate([one.samples, pause])) for one in recordings()[:4]
    ]
    found = chosen(joined(spoken))
    assert found.prompt.transcript in {one.transcript for one in spoken}
    assert PROMPT_S[0] <= found.prompt.duration_s <= PROMPT_S[1]
    assert len(found.styles) > 1


def test_recordings_that_are_all_too_short_are_refused() -> None:
    short = [replace(one, samples=one.samples[: 2 * one.sample_rate]) for one in recordings()[:3]]
    with pytest.raises(EnrolmentRefusedError) as caught:
        chosen(*short)
    assert caught.value.reason == "no_reference"


def test_noise_alone_is_refused() -> None:
    with pytest.raises(EnrolmentRefusedError):
        chosen(Recording(samples=white(64_000), sample_rate=16_000, transcript="a", language="en"))
