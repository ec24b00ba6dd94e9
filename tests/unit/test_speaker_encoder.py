"""From recordings to speaker embeddings, compared with the original implementation."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.speaker_model import speaker_model_path
from tests.fakes.speech_files import librispeech
from tests.fakes.vowels import VOWEL_RATE, vowels
from voices.errors import EnrolmentRefusedError
from voices.speaker.encoder import PARTIAL_S, Embedding, SpeakerEncoder
from voices.speaker.similarity import SAME_CHANNEL, Verdict, cosine, voice_print

REFERENCE = Path(__file__).parents[1] / "data" / "speaker_reference.json"
PARITY = 0.99999


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    return SpeakerEncoder(speaker_model_path())


def reference(name: str) -> Embedding:
    """What resemblyzer itself made of a recording."""
    return np.array(json.loads(REFERENCE.read_text())["embeddings"][name], np.float32)


def test_embedding_is_that_of_the_original(encoder: SpeakerEncoder) -> None:
    embedding = encoder.embed(vowels(6.0), VOWEL_RATE)
    assert cosine(embedding, reference("vowels")) >= PARITY


@pytest.mark.parametrize("name", ["1688-142285-0000.flac", "2609-156975-0003.flac"])
def test_embedding_of_real_speech_is_that_of_the_original(
    encoder: SpeakerEncoder, name: str
) -> None:
    samples, sample_rate = librispeech(name)
    assert cosine(encoder.embed(samples, sample_rate), reference(name)) >= PARITY


def test_the_same_speaker_is_told_from_another(encoder: SpeakerEncoder) -> None:
    def embedded(name: str) -> Embedding:
        return encoder.embed(*librispeech(name))

    enrolled = voice_print([embedded(f"2609-156975-000{number}.flac") for number in (0, 1, 2)])
    same = cosine(enrolled, embedded("2609-156975-0004.flac"))
    other = cosine(enrolled, embedded("1688-142285-0000.flac"))
    assert SAME_CHANNEL.verdict(same) is Verdict.SAME
    assert SAME_CHANNEL.verdict(other) is Verdict.DIFFERENT


def test_embedding_has_unit_length(encoder: SpeakerEncoder) -> None:
    embedding = encoder.embed(vowels(2.5), VOWEL_RATE)
    assert embedding.shape == (256,)
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-6)


def test_loudness_does_not_matter(encoder: SpeakerEncoder) -> None:
    soft = encoder.embed(vowels(3.0) * np.float32(0.1), VOWEL_RATE)
    assert cosine(soft, encoder.embed(vowels(3.0) * np.float32(0.3), VOWEL_RATE)) > 0.999


def test_silence_before_and_after_does_not_matter(encoder: SpeakerEncoder) -> None:
    silence = np.zeros(3 * VOWEL_RATE, np.float32)
    among = np.concatenate([silence, vowels(4.0), silence])
    plain = encoder.embed(vowels(4.0), VOWEL_RATE)
    assert cosine(encoder.embed(among, VOWEL_RATE), plain) > 0.95


def test_partials_tell_when_in_the_recording_they_begin(encoder: SpeakerEncoder) -> None:
    silence = np.zeros(5 * VOWEL_RATE, np.float32)
    samples = np.concatenate([vowels(2.4), silence, vowels(2.4, pitch_hz=230.0)])
    times_s, partials = encoder.partials(samples, VOWEL_RATE)
    assert partials.shape == (times_s.size, 256)
    assert times_s[0] < 0.5
    assert np.all(np.diff(times_s) > 0)
    assert not np.any((times_s > 2.4 + PARTIAL_S) & (times_s < 6.5))
    assert times_s[-1] > 6.5


def test_very_short_speech_gives_one_partial(encoder: SpeakerEncoder) -> None:
    times_s, partials = encoder.partials(vowels(0.5), VOWEL_RATE)
    assert times_s.size == len(partials) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.01, 2.0])
def test_silence_is_refused(encoder: SpeakerEncoder, seconds: float) -> None:
    with pytest.raises(EnrolmentRefusedError) as refused:
        encoder.embed(np.zeros(round(seconds * 16_000), np.float32), 16_000)
    assert refused.value.reason == "no_speech"


def test_samples_that_are_no_numbers_are_refused(encoder: SpeakerEncoder) -> None:
    with pytest.raises(EnrolmentRefusedError) as refused:
        encoder.embed(np.full(16_000, np.nan, np.float32), 16_000)
    assert refused.value.reason == "broken_audio"


@pytest.mark.parametrize(("shape", "sample_rate"), [((2, 100), 16_000), ((100,), 0)])
def test_what_is_no_mono_audio_is_a_mistake_of_the_caller(
    encoder: SpeakerEncoder, shape: tuple[int, ...], sample_rate: int
) -> None:
    with pytest.raises(ValueError, match="mono"):
        encoder.embed(np.zeros(shape, np.float32), sample_rate)


@pytest.mark.parametrize("level", [1e-30, 1.0, 50.0])
def test_noise_of_any_level_gives_an_embedding_or_is_refused(
    encoder: SpeakerEncoder, level: float
) -> None:
    noise = np.random.default_rng(7).normal(0, level, 48_000).astype(np.float32)
    try:
        embedding = encoder.embed(noise, 16_000)
    except EnrolmentRefusedError:
        return
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-6)
