"""A voice fitted to a real reader: what it says, how it streams, what it keeps."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.engines.espeak import ESpeak
from hub_agent.errors import EngineError
from hub_agent.timbre.choice import Chooser, Wardrobe
from hub_agent.timbre.fitting import fit
from hub_agent.timbre.following import Follower
from hub_agent.timbre.grains import Grains
from hub_agent.timbre.phrases import split_phrases
from hub_agent.timbre.rendition import Manner, Rendition, rendition
from hub_agent.timbre.sounds import sounds_of
from hub_agent.timbre.text_match import text_match
from hub_agent.timbre.voice import TimbreVoice
from voices.enrolment.decode import decode_file
from voices.payload import Payload
from voices.recording import Recording

READERS = Path(__file__).parents[2] / "../shared/speech/readers"
SENTENCE = "Dinner is ready, please come to the kitchen."
GERMAN = "Das Essen ist fertig, bitte kommt in die Küche."

pytestmark = pytest.mark.skipif(not READERS.is_dir(), reason="shared/speech is not here")

Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def espeak() -> ESpeak:
    library = ESpeak()
    library.load()
    return library


def reading(name: str, language: str, seconds: float) -> Recording:
    audio = decode_file(READERS / f"{name}.mp3")
    lines = (READERS / f"{name}.txt").read_text("utf-8").splitlines()
    return Recording(
        samples=audio.samples[: round(seconds * audio.sample_rate)],
        sample_rate=audio.sample_rate,
        transcript="\n".join(line.rpartition("|")[2] for line in lines),
        language=language,
    )


@pytest.fixture(scope="module")
def sonnet() -> Recording:
    return reading("sonnet_1_en", "en", 60)


@pytest.fixture(scope="module")
def payload(sonnet: Recording, espeak: ESpeak) -> Payload:
    return fit([sonnet], espeak, lambda _share: None)


@pytest.fixture(scope="module")
def voice(payload: Payload, espeak: ESpeak) -> TimbreVoice:
    return TimbreVoice(payload, espeak)


def spoken(voice: TimbreVoice, text: str, identifier: str = "en-us", **how: float) -> Floats:
    chunks: list[Floats] = []
    voice.speak(text, identifier=identifier, emit=_into(chunks), **how)
    return np.concatenate(chunks)


def _into(chunks: list[Floats]) -> Callable[[Floats], bool]:
    def emit(samples: Floats) -> bool:
        chunks.append(samples)
        return True

    return emit


def level(samples: Floats) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_the_voice_data_of_a_minute_is_small(payload: Payload) -> None:
    assert sum(array.nbytes for array in payload.arrays.values()) < 8_000_000


def test_speech_is_as_loud_as_espeaks_and_never_over_full_scale(voice: TimbreVoice) -> None:
    samples = spoken(voice, SENTENCE)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1
    assert 0.02 < level(samples) < 0.2


def test_the_same_audio_of_espeak_always_gives_the_same_speech(
    payload: Payload, espeak: ESpeak
) -> None:
    """ESpeak itself varies its pitch a little from call to call, so one rendition is used."""
    rendered = rendition(SENTENCE, espeak, Manner(voice="en-us"))
    wardrobe = Wardrobe(sounds_of(payload))
    assert np.array_equal(_resounded(wardrobe, rendered), _resounded(wardrobe, rendered))


def _resounded(wardrobe: Wardrobe, rendered: Rendition) -> Floats:
    follower, chooser, grains = Follower(), Chooser(wardrobe), Grains(wardrobe.sounds)
    follower.take(rendered.samples, rendered.events)
    said = follower.rest()
    assert said is not None
    hertz = np.full(said.place.size, wardrobe.sounds.manner.median_hz, np.float32)
    early = grains.take(chooser.take(said, hertz))
    late = grains.take(chooser.rest())
    return np.concatenate((early, late, grains.rest(rendered.samples.size)))


def test_a_voice_fitted_in_english_speaks_german_and_chinese(voice: TimbreVoice) -> None:
    for identifier, text in (("de", GERMAN), ("cmn", "晚饭好了。")):
        assert level(spoken(voice, text, identifier)) > 0.02


def test_nothing_more_is_made_once_nobody_wants_more(voice: TimbreVoice) -> None:
    given: list[int] = []

    def refuse(samples: Floats) -> bool:
        given.append(samples.size)
        return False

    voice.speak(SENTENCE * 20, identifier="en-us", emit=refuse)
    assert len(given) == 1


def test_a_long_text_starts_before_it_is_finished(voice: TimbreVoice) -> None:
    times: list[float] = []
    started = time.perf_counter()

    def note(_samples: Floats) -> bool:
        times.append(time.perf_counter() - started)
        return True

    voice.speak(SENTENCE * 10, identifier="en-us", emit=note)
    assert times[0] < (time.perf_counter() - started) / 5


def test_faster_speech_is_shorter_and_higher_speech_is_higher(voice: TimbreVoice) -> None:
    usual = spoken(voice, SENTENCE)
    assert spoken(voice, SENTENCE, rate=1.5).size < 0.8 * usual.size
    assert _pitch(spoken(voice, SENTENCE, pitch=1.3)) > 1.12 * _pitch(usual)


def _pitch(samples: Floats) -> float:
    from hub_agent.timbre.pitch import pitch_of

    return pitch_of(samples).median_hz()


def test_joins_do_not_click(voice: TimbreVoice) -> None:
    """A click is a sample that no neighbour announces: its second difference stands out."""
    samples = spoken(voice, SENTENCE)
    bends = np.abs(np.diff(samples, 2))
    assert bends.max() < 1.0


def test_another_engines_voice_data_is_refused(payload: Payload, espeak: ESpeak) -> None:
    with pytest.raises(EngineError):
        TimbreVoice(Payload({**payload.meta, "kind": "other"}, payload.arrays), espeak)


def test_damaged_voice_data_is_refused(payload: Payload, espeak: ESpeak) -> None:
    arrays = {name: array for name, array in payload.arrays.items() if name != "marks"}
    with pytest.raises(EngineError):
        TimbreVoice(Payload(payload.meta, arrays), espeak)


def test_too_little_speech_makes_no_voice(sonnet: Recording, espeak: ESpeak) -> None:
    short = replace(sonnet, samples=sonnet.samples[: 2 * sonnet.sample_rate], transcript="Sonnet I")
    for recordings in ([], [short]):
        with pytest.raises(EngineError):
            fit(recordings, espeak, lambda _share: None)


def test_phrases_are_cut_where_the_reader_paused(sonnet: Recording, espeak: ESpeak) -> None:
    texts = [phrase.transcript for phrase in split_phrases(sonnet, espeak)]
    assert "His tender heir might bear his memory:" in texts
    assert " ".join(" ".join(texts).split()) == " ".join(sonnet.transcript.split())


@pytest.mark.parametrize(("name", "language"), [("sonnet_2_en", "en"), ("reader_de", "de")])
def test_right_texts_match_and_the_text_of_another_poem_does_not(
    name: str, language: str, sonnet: Recording, espeak: ESpeak
) -> None:
    right = reading(name, language, 120)
    assert text_match(right, espeak).matches
    wrong = replace(right, transcript=sonnet.transcript, language="en")
    assert not text_match(wrong, espeak).matches
