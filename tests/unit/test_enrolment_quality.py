"""What is measured in real speech that went wrong in a known way."""

import time

import numpy as np
import pytest

from tests.fakes.speech_material import (
    RATE,
    Samples,
    babble,
    clipped,
    in_a_room,
    music,
    pink,
    reader,
    speaker,
    speakers,
    white,
    with_noise,
)
from voices.enrolment.noise import separate
from voices.enrolment.quality import Measures, measure
from voices.enrolment.sounds import Sound

READERS = ["reader_de", "reader_es", "sonnet_1_en", "sonnet_2_en", "sonnet_3_en"]
STEADY = ["2414", "3331"]


def measured(samples: Samples) -> Measures:
    return measure(samples, RATE)


def noise_of(kind: str, size: int, name: str) -> Samples:
    makers = {"white": lambda: white(size), "pink": lambda: pink(size)}
    return makers[kind]() if kind in makers else babble(size, name)


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [5, 10, 15, 20, 30])
@pytest.mark.parametrize("name", STEADY)
def test_a_known_noise_is_measured_as_loud_as_it_is(kind: str, snr_db: int, name: str) -> None:
    speech = speaker(name)[: 30 * RATE]
    noisy = with_noise(speech, noise_of(kind, speech.size, name), snr_db)
    # Chatter is no steady noise: how loud it is while somebody speaks is not heard.
    assert measured(noisy).snr_db == pytest.approx(snr_db, abs=3.0 if kind == "babble" else 2.0)


def test_noise_is_measured_when_there_is_hardly_a_pause() -> None:
    speech = speaker("2033")[: 40 * RATE]
    frames = speech[: speech.size // 160 * 160].reshape(-1, 160)
    level = np.convolve(np.mean(frames**2, axis=1), np.ones(21) / 21, "same")
    dense = frames[level > 0.03 * np.mean(level)].reshape(-1)
    assert dense.size < 0.9 * speech.size
    for snr_db in (5, 10, 15):
        noisy = with_noise(dense, white(dense.size), snr_db)
        assert measured(noisy).snr_db == pytest.approx(snr_db, abs=2.5)


def test_a_gain_changes_no_ratio() -> None:
    noisy = with_noise(speaker("2414")[: 20 * RATE], white(20 * RATE), 15.0)
    quiet = measured(noisy * np.float32(0.01))
    assert quiet.snr_db == pytest.approx(measured(noisy).snr_db, abs=0.3)


def test_two_frames_are_too_few_to_tell() -> None:
    assert separate(np.ones(2)).noise == 0.0
    assert separate(np.zeros(0)).voice == 0.0


@pytest.mark.parametrize("name", READERS)
def test_readers_are_clean_speech(name: str) -> None:
    found = measured(reader(name))
    assert found.sound is Sound.SPEECH
    assert found.snr_db > 20.0
    assert found.clipped_share == 0.0
    assert found.speech_s > 40.0


def test_all_speakers_are_heard_as_speech_and_none_as_clipped() -> None:
    for name in speakers():
        found = measured(speaker(name)[: 20 * RATE])
        assert found.sound is Sound.SPEECH, name
        assert found.clipped_share < 0.0001, name


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05])
def test_clipping_is_measured_also_when_turned_down(share: float) -> None:
    found = measured(clipped(speaker("1998")[: 30 * RATE], share))
    assert found.clipped_share == pytest.approx(share, rel=0.3)


@pytest.mark.parametrize(
    ("samples", "sound"),
    [
        (music(20.0), Sound.MUSIC),
        (music(20.0, drums=False), Sound.MUSIC),
        (music(20.0, chords=False), Sound.NOT_SPEECH),
        (0.1 * white(20 * RATE), Sound.NOT_SPEECH),
        (0.05 * pink(20 * RATE) / np.std(pink(20 * RATE)), Sound.NOT_SPEECH),
        (np.zeros(20 * RATE, np.float32), Sound.SILENCE),
        (0.0001 * white(20 * RATE), Sound.SILENCE),
        (np.zeros(0, np.float32), Sound.SILENCE),
    ],
    ids=["band", "chords", "drums", "white", "pink", "zeros", "hiss", "nothing"],
)
def test_what_is_not_speech_is_told_apart(samples: Samples, sound: Sound) -> None:
    assert measured(samples.astype(np.float32)).sound is sound


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
def test_speech_in_a_loud_room_is_still_speech(kind: str) -> None:
    speech = speaker("1998")[: 20 * RATE]
    noisy = with_noise(speech, noise_of(kind, speech.size, "1998"), 6.0)
    assert measured(noisy).sound is Sound.SPEECH


def test_a_room_that_rings_longer_is_heard_to() -> None:
    speech = speaker("3080")[: 30 * RATE]
    dry = measured(speech).ringing_s
    rooms = [measured(in_a_room(speech, seconds)).ringing_s for seconds in (0.3, 0.6, 1.0)]
    assert dry is not None
    assert dry < 0.3
    assert [room for room in rooms if room] == pytest.approx([0.3, 0.6, 1.0], rel=0.3)


def test_a_telephone_is_heard() -> None:
    speech = speaker("2414")[: 20 * RATE]
    spectrum = np.fft.rfft(speech)
    hertz = np.fft.rfftfreq(speech.size, 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    narrow = np.fft.irfft(spectrum, speech.size).astype(np.float32)
    assert measured(narrow).bandwidth_hz == pytest.approx(3400, abs=200)
    assert measured(speech).bandwidth_hz > 7800


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_of_the_mains_is_measured(mains_hz: int) -> None:
    speech = speaker("2414")[: 20 * RATE]
    t = np.arange(speech.size) / RATE
    hum = np.std(speech) * np.sqrt(2) * 0.1 * np.sin(2 * np.pi * mains_hz * t)
    assert measured((speech + hum).astype(np.float32)).hum_db == pytest.approx(-20, abs=3)
    assert measured(speech).hum_db < -50


def test_rumble_is_told_apart_from_noise() -> None:
    speech = speaker("2414")[: 20 * RATE]
    rumble = np.std(speech) * np.sin(2 * np.pi * 12 * np.arange(speech.size) / RATE)
    shaken, calm = measured((speech + rumble).astype(np.float32)), measured(speech)
    assert shaken.rumble_db == pytest.approx(-3, abs=1.5)
    assert shaken.snr_db == pytest.approx(calm.snr_db, abs=2.0)


def test_the_pace_is_words_in_a_second_of_speech() -> None:
    speech = speaker("3331")[: 20 * RATE]
    found = measure(speech, RATE, transcript="word " * 40)
    assert found.words_per_s == pytest.approx(40 / found.speech_s)
    assert measured(speech).words_per_s is None


def test_a_script_without_spaces_has_a_pace_too() -> None:
    found = measure(speaker("3331")[: 20 * RATE], RATE, transcript="今天天气很好" * 12)
    assert found.words_per_s is not None
    assert 1.5 < found.words_per_s < 4.0


def test_a_minute_is_measured_in_less_than_three_seconds_of_one_core() -> None:
    speech = np.resize(reader("reader_es"), 60 * RATE)
    began = time.process_time()
    measured(speech)
    assert time.process_time() - began < 3.0
