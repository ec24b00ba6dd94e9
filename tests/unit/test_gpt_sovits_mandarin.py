"""A voice speaks Mandarin with BERT where its model has one, and as before without."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.engines.engine import Prosody
from hub_agent.engines.espeak import ESpeak, Pcm16, SpeechEvent
from hub_agent.engines.gpt_sovits import GptSovitsEngine
from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.bert_maker import FILES
from hub_agent.gpt_sovits.pack import GptSovitsPack
from hub_agent.gpt_sovits.sampler import Sampling
from hub_agent.gpt_sovits.speaking import Manner
from hub_agent.gpt_sovits.voice_data import ModelId, VoiceData
from hub_agent.models.store import ModelStore
from hub_agent.settings.gpt_sovits import GptSovitsSettings
from hub_agent.text.segment import Segment
from tests.fakes.golden import arrays
from tests.fakes.gpt_sovits_voice import (
    engine_of,
    golden_synthesiser,
    golden_voice,
    mandarin_packs,
)
from tests.fakes.person import recordings
from voices.payload import Payload
from voices.recording import Recording
from voices.voice import Voice, VoiceId

Samples = NDArray[np.float32]

GRANDMA = Voice(id=VoiceId("grandma"), name="Grandma", languages=("zh",), engine="gpt_sovits")
SENTENCE = "今天天气很好,我们一起去公园走走吧。"
WIDTH = 1024
GREEDY = Manner(sampling=Sampling(top_k=1), noise_scale=0.0)


@pytest.fixture(scope="module")
def with_bert() -> GptSovitsEngine:
    return engine_of(mandarin_packs()[0])


@pytest.fixture(scope="module")
def without_bert() -> GptSovitsEngine:
    return engine_of(mandarin_packs()[1])


@cache
def _english() -> Payload:
    return engine_of(mandarin_packs()[1]).prepare(recordings()[:2], lambda _share: None)


def english() -> Payload:
    """Fitted before there was a BERT."""
    return copied(_english())


@cache
def _mandarin() -> Payload:
    return engine_of(mandarin_packs()[0]).prepare([mandarin_recording()], lambda _share: None)


def mandarin() -> Payload:
    return copied(_mandarin())


def copied(payload: Payload) -> Payload:
    return Payload(payload.meta, {name: each.copy() for name, each in payload.arrays.items()})


def mandarin_recording() -> Recording:
    """By eSpeak NG, in no very Chinese voice."""
    espeak, pieces = ESpeak(), list[Pcm16]()

    def take(pcm: Pcm16, _events: tuple[SpeechEvent, ...]) -> bool:
        pieces.append(pcm.copy())
        return True

    espeak.load()
    espeak.synthesise(
        SENTENCE, take, voice="sit/cmn+f2", words_per_minute=150, pitch=70, pitch_range=60
    )
    return Recording(
        samples=np.concatenate(pieces).astype(np.float32) / np.float32(32768),
        sample_rate=espeak.sample_rate,
        transcript=SENTENCE,
        language="zh",
    )


def said(engine: GptSovitsEngine, text: str, language: str, data: Payload) -> Samples:
    pieces: list[Samples] = []

    def take(samples: Samples) -> bool:
        pieces.append(samples)
        return True

    voice = engine.personal_voice(data, GRANDMA)
    voice.speak(Segment(text=text, index=0, language=language), Prosody(), take)
    return np.concatenate(pieces)


def test_a_voice_that_was_fitted_without_bert_speaks_mandarin_with_it(
    with_bert: GptSovitsEngine, without_bert: GptSovitsEngine
) -> None:
    plain = said(without_bert, SENTENCE, "zh", english())
    meant = said(with_bert, SENTENCE, "zh", english())
    assert plain.size > 32_000 / 2
    assert meant.size > 32_000 / 2
    assert not np.array_equal(plain, meant)
    assert np.array_equal(meant, said(with_bert, SENTENCE, "zh", english()))


def test_other_languages_sound_as_they_did(
    with_bert: GptSovitsEngine, without_bert: GptSovitsEngine
) -> None:
    texts = ("Dinner is ready.", "en"), ("晚飯好了。", "yue")
    for text, language in texts:
        plain = said(without_bert, text, language, english())
        assert np.array_equal(plain, said(with_bert, text, language, english()))


def test_a_phrase_that_is_kept_is_not_taken_for_one_with_bert(
    with_bert: GptSovitsEngine, without_bert: GptSovitsEngine
) -> None:
    assert with_bert.manner(english(), GRANDMA) != without_bert.manner(english(), GRANDMA)


def test_what_a_mandarin_reference_means_is_kept_and_heard_in_other_languages_too(
    with_bert: GptSovitsEngine,
) -> None:
    features = mandarin().arrays["features"]
    assert features.shape == (WIDTH, mandarin().arrays["phones"].size)
    assert features.any(axis=0).all()
    assert "features" not in english().arrays
    blank = mandarin()
    blank.arrays["features"].fill(0)
    heard = said(with_bert, "Dinner is ready.", "en", mandarin())
    assert not np.array_equal(heard, said(with_bert, "Dinner is ready.", "en", blank))


def test_bert_is_loaded_for_mandarin_alone_and_goes_with_the_rest(tmp_path: Path) -> None:
    pack = mandarin_packs()[0]
    shutil.copytree(pack.folder, tmp_path / "mandarin")
    engine = GptSovitsEngine(ModelStore(tmp_path), GptSovitsSettings(threads=1))
    said(engine, SENTENCE, "zh", english())
    engine.unload()
    engine.load()
    (tmp_path / "mandarin" / "bert.onnx").write_bytes(b"")
    said(engine, "Dinner is ready.", "en", english())
    with pytest.raises(ModelFileError):
        said(engine, SENTENCE, "zh", english())


def test_a_pack_with_half_a_bert_is_refused(tmp_path: Path) -> None:
    pack = mandarin_packs()[0]
    assert GptSovitsPack.open(pack).has_bert
    assert not GptSovitsPack.open(mandarin_packs()[1]).has_bert
    for file in FILES:
        folder = tmp_path / file
        shutil.copytree(pack.folder, folder, copy_function=os.link)
        (folder / file).unlink()
        with pytest.raises(ModelFileError, match=f"{file} is missing"):
            GptSovitsPack.open(replace(pack, folder=folder))


@pytest.mark.parametrize("size", [None, 0, 1])
def test_voice_data_keep_what_bert_made_of_the_reference(size: int | None) -> None:
    model = ModelId("one", "ab")
    features = None if size is None else np.ones((WIDTH, size), np.float32)
    opened = VoiceData.opened(replace(golden_voice(), features=features).sealed(model), model)
    np.testing.assert_array_equal(opened.features, features)


def golden_sound(change: Callable[[VoiceData], VoiceData], features: Samples | None) -> Samples:
    pieces: list[Samples] = []

    def take(samples: Samples) -> bool:
        pieces.append(samples)
        return True

    golden_synthesiser(GREEDY).speak(
        arrays("t2s")["text_phones"],
        change(golden_voice()),
        speed=1.0,
        emit=take,
        features=features,
    )
    return np.concatenate(pieces)


def test_none_and_zeros_are_the_same() -> None:
    num_reference, num_phones = (arrays("t2s")[name].size for name in ("ref_phones", "text_phones"))
    nothing = golden_sound(lambda voice: voice, None)
    blank = np.zeros((WIDTH, num_reference), np.float32)
    for change, features in (
        (lambda voice: voice, np.zeros((WIDTH, num_phones), np.float32)),
        (lambda voice: replace(voice, features=blank), None),
    ):
        assert np.array_equal(golden_sound(change, features), nothing)
