import threading
import time

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.engines.embedded import EmbeddedEngine
from hub_agent.engines.engine import Prosody
from hub_agent.engines.espeak import ESpeak, EventKind, Pcm16, SpeechEvent
from hub_agent.errors import EngineError
from hub_agent.text.segment import Boundary, Segment

FLUTTER = 0.02
"""eSpeak varies pitch and thus length a little from call to call."""


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    engine = EmbeddedEngine()
    engine.load()
    return engine


def segment(text: str, boundary: Boundary = Boundary.SENTENCE) -> Segment:
    return Segment(text=text, index=0, language="en-us", boundary=boundary)


def spoken(engine: EmbeddedEngine, text: str, voice: str = "en-us", rate: float = 1.0) -> Samples:
    chunks: list[Samples] = []

    def take(samples: Samples) -> bool:
        chunks.append(samples)
        return True

    found = engine.find_voice(voice)
    assert found is not None
    engine.speak(segment(text), found, Prosody(rate=rate), take)
    return np.concatenate(chunks)


def test_speech_has_the_length_and_level_of_speech(engine: EmbeddedEngine) -> None:
    audio = spoken(engine, "Dinner is ready, please come down.")
    assert 1.2 < audio.size / engine.sample_rate < 3.0
    assert 0.2 < np.abs(audio).max() <= 1.0
    assert audio.dtype == np.float32


def test_the_first_chunk_comes_long_before_the_sentence_is_finished(engine: EmbeddedEngine) -> None:
    arrivals: list[float] = []

    def note(_: Samples) -> bool:
        arrivals.append(time.perf_counter())
        return True

    start = time.perf_counter()
    text = "one two three four five six seven eight nine ten " * 20
    engine.speak(segment(text), engine.voices()[0], Prosody(), note)
    total = time.perf_counter() - start
    assert arrivals[0] - start < total / 3


def test_a_synthesis_stops_where_nobody_wants_more(engine: EmbeddedEngine) -> None:
    chunks: list[Samples] = []

    def two(samples: Samples) -> bool:
        chunks.append(samples)
        return len(chunks) < 2

    engine.speak(segment("hello " * 200), engine.voices()[0], Prosody(), two)
    assert len(chunks) == 2
    assert spoken(engine, "still usable").size


def test_an_error_of_the_listener_reaches_the_caller_and_the_engine_lives(
    engine: EmbeddedEngine,
) -> None:
    def broken(_: Samples) -> bool:
        raise LookupError("listener")

    with pytest.raises(LookupError):
        engine.speak(segment("hello"), engine.voices()[0], Prosody(), broken)
    assert spoken(engine, "still usable").size


def test_all_languages_and_variants_are_voices(engine: EmbeddedEngine) -> None:
    voices = engine.voices()
    assert len(voices) > 100
    assert len({voice.id for voice in voices}) == len(voices)
    assert len(engine.variants(voices[0])) > 50
    for variant in engine.variants(voices[0])[:5]:
        assert engine.find_voice(variant.id) == variant


def test_every_voice_can_be_heard(engine: EmbeddedEngine) -> None:
    levels = {
        voice.id: np.abs(spoken(engine, "mama 7", voice.id)).max() for voice in engine.voices()
    }
    assert {voice for voice, level in levels.items() if level < 0.05} == set()


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "en-us"),
        ("en-GB", "en"),
        ("de-AT", "de"),
        ("zh", "cmn"),
        ("zh_TW", "cmn"),
        ("yue", "yue"),
        ("pt-BR", "pt-br"),
        ("xx", None),
    ],
)
def test_a_language_finds_its_voice(
    engine: EmbeddedEngine, language: str, voice: str | None
) -> None:
    found = engine.voice_for_language(language)
    assert (found.id if found else None) == voice


def test_a_variant_sounds_different(engine: EmbeddedEngine) -> None:
    plain, female = (spoken(engine, "Good morning", v) for v in ("en-us", "en-us+f2"))
    assert plain.size != female.size or not np.allclose(plain, female)


def test_unknown_voices_and_variants_are_not_found(engine: EmbeddedEngine) -> None:
    assert engine.find_voice("zzz") is None
    assert engine.find_voice("en-us+nobody") is None
    with pytest.raises(EngineError):
        ESpeak().synthesise("x", lambda _p, _e: True, voice="zzz")


def test_rate_changes_the_length(engine: EmbeddedEngine) -> None:
    text = "The washing machine has finished."
    assert spoken(engine, text, rate=2.0).size < 0.7 * spoken(engine, text, rate=1.0).size


@pytest.mark.parametrize("text", ["", "...", "\ud800", "\0a\0", "[[_^_en]]", "<speak>", "{}%n%s"])
def test_odd_text_never_breaks_the_library(engine: EmbeddedEngine, text: str) -> None:
    spoken(engine, text)


def test_threads_take_turns(engine: EmbeddedEngine) -> None:
    reference = {text: spoken(engine, text) for text in ("one two three", "vier fünf sechs")}
    results: dict[str, Samples] = {}

    def work(text: str) -> None:
        for _ in range(5):
            results[text] = spoken(engine, text)

    threads = [threading.Thread(target=work, args=(text,)) for text in reference]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for text, audio in reference.items():
        assert results[text].size == pytest.approx(audio.size, rel=FLUTTER)


def test_unloading_is_followed_by_loading_on_demand(engine: EmbeddedEngine) -> None:
    before = spoken(engine, "Hello")
    engine.unload()
    assert spoken(engine, "Hello").size == pytest.approx(before.size, rel=FLUTTER)


def test_phoneme_events_mark_places_in_the_audio() -> None:
    events: list[SpeechEvent] = []
    num_samples = 0

    def listen(pcm: Pcm16, found: tuple[SpeechEvent, ...]) -> bool:
        nonlocal num_samples
        num_samples += pcm.size
        events.extend(found)
        return True

    ESpeak().synthesise("Good morning", listen, voice="gmw/en-US")
    phonemes = [e for e in events if e.kind is EventKind.PHONEME and e.phoneme]
    assert len(phonemes) >= 8
    places = [e.sample for e in phonemes]
    assert places == sorted(places)
    assert 0 <= places[0] < places[-1] <= num_samples
