"""Where somebody speaks, and a recording made ready."""

from itertools import pairwise

import numpy as np
import pytest

from tests.fakes.speech_material import RATE, pink, reader, speaker, white, with_noise
from voices.enrolment.activity import Activity, Span, cut, find_speech, phrases, speech_part
from voices.enrolment.cleaning import cleaned, denoised
from voices.enrolment.filters import filtered, without_rumble
from voices.enrolment.loudness import loudness_lufs


def test_silence_at_both_ends_is_left_out() -> None:
    quiet = 0.0003 * white(3 * RATE)
    whole = np.concatenate((quiet, speaker("3080")[: 10 * RATE], quiet))
    part = speech_part(find_speech(whole, RATE))
    assert 2.5 < part.start_s < 4.0
    assert 12.0 < part.end_s < 13.5


@pytest.mark.parametrize("gain", [0.001, 0.01, 1.0])
def test_speech_is_found_at_any_level(gain: float) -> None:
    speech = speaker("3331")[: 20 * RATE]
    found = find_speech(speech * np.float32(gain), RATE)
    assert found.speech_s == pytest.approx(find_speech(speech, RATE).speech_s, abs=1.0)
    assert found.speech_s > 13.0


def test_nobody_speaks_in_silence() -> None:
    found = find_speech(np.zeros(RATE, np.float32), RATE)
    assert found.spans == ()
    assert found.pauses == (Span(0.0, 1.0),)
    assert speech_part(found).duration_s == 0.0


@pytest.mark.parametrize("longest_s", [4.0, 8.0, 15.0])
def test_phrases_are_bounded_and_hold_all_speech(longest_s: float) -> None:
    activity = find_speech(reader("reader_de"), RATE)
    found = phrases(activity, longest_s)
    assert all(0.0 < phrase.duration_s <= longest_s + 1e-6 for phrase in found)
    assert all(a.end_s <= b.start_s for a, b in pairwise(found))
    assert sum(phrase.duration_s for phrase in found) >= activity.speech_s - 1e-6


def test_speech_without_a_pause_is_cut_in_equal_parts() -> None:
    found = phrases(Activity((Span(0.0, 40.0),), 40.0), 15.0)
    assert [round(phrase.duration_s, 2) for phrase in found] == [13.33] * 3


def test_a_cut_is_as_long_as_its_span() -> None:
    assert cut(np.zeros(RATE, np.float32), RATE, Span(0.25, 0.75)).size == RATE // 2


def test_rumble_goes_and_the_voice_stays() -> None:
    t = np.arange(4 * RATE) / RATE
    voice = np.sin(2 * np.pi * 120 * t).astype(np.float32)
    rumble = (np.sin(2 * np.pi * 20 * t) + 0.5).astype(np.float32)
    inner = slice(RATE, 3 * RATE)
    assert np.max(np.abs(filtered(rumble, RATE, without_rumble)[inner])) < 0.03
    kept = filtered(voice, RATE, without_rumble)[inner]
    assert np.std(kept) == pytest.approx(float(np.std(voice)), rel=0.02)


def test_loudness_agrees_with_the_standard() -> None:
    """A full-scale sine of 997 Hz in one channel is -3.01 LUFS by definition."""
    t = np.arange(4 * 48_000) / 48_000
    sine = np.sin(2 * np.pi * 997 * t).astype(np.float32)
    assert loudness_lufs(sine, 48_000) == pytest.approx(-3.01, abs=0.02)
    assert loudness_lufs(sine * np.float32(0.1), 48_000) == pytest.approx(-23.01, abs=0.02)
    assert loudness_lufs(np.zeros(48_000, np.float32), 48_000) == float("-inf")


def test_a_cleaned_recording_has_the_loudness_that_is_asked_and_room_for_peaks() -> None:
    speech = speaker("2414")[: 15 * RATE] * np.float32(0.2)
    result = cleaned(speech, RATE, find_speech(speech, RATE))
    assert result.size == speech.size
    assert np.max(np.abs(result)) <= 0.892
    assert -26.5 < loudness_lufs(result, RATE) < -22.9


def test_noise_is_turned_down_by_no_more_than_asked_and_speech_is_kept() -> None:
    speech = speaker("3080")[: 20 * RATE]
    noisy = with_noise(speech, pink(speech.size), 18.0)
    activity = find_speech(noisy, RATE)
    result = denoised(noisy, RATE, activity)
    pause = max(activity.pauses, key=lambda span: span.duration_s)
    middle = Span(pause.start_s + 0.1, pause.end_s - 0.1)
    before, after = (np.std(cut(samples, RATE, middle)) for samples in (noisy, result))
    assert 8.0 < 20 * np.log10(before / after) < 12.5
    error, noise = np.std(result - speech), np.std(noisy - speech)
    assert error < 0.75 * noise


def test_what_remains_of_noise_does_not_tinkle() -> None:
    """Musical noise is lone peaks in time and frequency: the tail of levels would grow."""
    noise = 0.01 * white(6 * RATE)
    speech = np.concatenate((noise, noise + speaker("3080")[: 6 * RATE], noise))
    spans = Activity((Span(6.0, 12.0),), 18.0)
    result = denoised(speech, RATE, spans)[RATE : 5 * RATE].reshape(-1, 512)
    before = speech[RATE : 5 * RATE].reshape(-1, 512)

    def peakiness(frames: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
        power = np.abs(np.fft.rfft(frames * np.hanning(512), axis=1))[:, 4:-4] ** 2
        return float(np.quantile(power, 0.999) / np.mean(power))

    assert peakiness(result) < 1.5 * peakiness(before)


def test_cleaning_nothing_changes_nothing() -> None:
    speech = speaker("1688")[: 5 * RATE]
    same = denoised(speech, RATE, find_speech(speech, RATE), at_most_db=0.0)
    assert np.max(np.abs(same - speech)) < 1e-5
