"""Each audio stage, by length, level, spectrum and clicks."""

import numpy as np
import pytest

from hub_agent.audio.fade import fade_in, fade_out, ramp
from hub_agent.audio.gain import Gain, db_to_factor
from hub_agent.audio.join import FADE_MS, Joiner
from hub_agent.audio.limiter import Limiter
from hub_agent.audio.resample import Resampler, look_ahead_ms, resample
from hub_agent.audio.silence import (
    first_audible_index,
    silence,
)
from hub_agent.audio.stage import Samples, Stage

RATE = 24_000


def sine(seconds: float, rate: int = RATE, pitch: float = 440.0, level: float = 0.5) -> Samples:
    time_s = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * pitch * time_s)).astype(np.float32)


def largest_step(samples: Samples) -> float:
    return float(np.abs(np.diff(samples, prepend=0.0, append=0.0)).max())


def limited_all(samples: Samples) -> Samples:
    limiter = Limiter(RATE)
    return np.concatenate([limiter.process(samples), limiter.finish()])


def test_fades_touch_only_their_end_and_leave_the_input_alone() -> None:
    ones = np.ones(1000, np.float32)

    assert fade_in(ones, 10_000, 10)[0] < 0.01
    assert (fade_in(ones, 10_000, 10)[100:] == 1).all()
    assert fade_out(ones, 10_000, 10)[-1] < 0.01
    assert (fade_out(ones, 10_000, 10)[:-100] == 1).all()
    assert (ones == 1).all()


def test_fades_longer_than_the_sound_still_reach_silence() -> None:
    short = np.ones(10, np.float32)

    assert fade_out(fade_in(short, RATE, 100), RATE, 100)[[0, -1]] == pytest.approx(0, abs=0.01)
    assert fade_in(short[:0], RATE, 5).size == 0


def test_a_rise_and_its_mirror_image_add_up_to_one() -> None:
    np.testing.assert_allclose(ramp(77) + ramp(77)[::-1], 1, atol=1e-6)


def test_gain_in_decibels_has_its_factor() -> None:
    louder = Gain(6.0).process(np.full(10, 0.25, np.float32))

    np.testing.assert_allclose(louder, 0.25 * db_to_factor(6.0), rtol=1e-6)


def test_audible_begins_where_the_threshold_is_passed() -> None:
    samples = np.concatenate([silence(100, RATE), sine(0.1)])

    assert first_audible_index(samples) == pytest.approx(2401, abs=2)
    assert first_audible_index(silence(100, RATE)) is None
    assert first_audible_index(samples[:0]) is None


@pytest.mark.parametrize("rates", [(22_050, 48_000), (24_000, 44_100), (48_000, 16_000)])
def test_resampling_keeps_pitch_level_and_time(rates: tuple[int, int]) -> None:
    rate_in, rate_out = rates
    wanted = sine(1.0, rate_out, 1000.0)

    resampled = resample(sine(1.0, rate_in, 1000.0), rate_in, rate_out)

    inner = slice(rate_out // 20, -rate_out // 20)
    size = min(wanted.size, resampled.size)
    difference = (wanted[:size] - resampled[:size])[inner]
    assert abs(wanted.size - resampled.size) <= 1
    assert np.abs(difference).max() < 0.5 * 2 * np.pi * 1000 * 1e-4


def test_resampling_up_makes_no_images() -> None:
    resampled = resample(sine(1.0, 22_050, 9_000.0), 22_050, 48_000)[4800:-4800]
    spectrum = np.abs(np.fft.rfft(resampled * np.blackman(resampled.size)))
    pitches = np.fft.rfftfreq(resampled.size, 1 / 48_000)

    images = spectrum[np.abs(pitches - 9_000) > 200].max() / spectrum.max()
    assert 20 * np.log10(images) < -80


def test_equal_rates_pass_through_untouched() -> None:
    samples = sine(0.1)

    assert Resampler(RATE, RATE).process(samples) is samples
    assert look_ahead_ms(RATE, RATE) == 0


@pytest.mark.parametrize("rate_in", [16_000, 22_050, 24_000, 44_100])
def test_everything_after_the_engine_looks_ahead_at_most_20_ms(rate_in: int) -> None:
    stages: list[Stage] = [
        Joiner(rate_in),
        Gain(0.0),
        Resampler(rate_in, 48_000),
        Limiter(48_000),
    ]

    assert sum(stage.look_ahead_ms for stage in stages) <= 20


def test_a_shout_is_limited_and_what_follows_recovers() -> None:
    quiet = sine(0.5, level=0.3)
    samples = np.concatenate([quiet, sine(0.2, level=4.0), quiet, quiet])

    limited = limited_all(samples)

    assert limited.size == samples.size
    assert np.abs(limited).max() <= np.float32(db_to_factor(-1.0))
    np.testing.assert_array_equal(limited[: quiet.size // 2], quiet[: quiet.size // 2])
    np.testing.assert_array_equal(limited[-1000:], samples[-1000:])


def test_the_limiter_bends_the_gain_and_never_clips_speech() -> None:
    limited = limited_all(sine(1.0, level=1.5))
    steady = limited[RATE // 2 :]
    spectrum = np.abs(np.fft.rfft(steady * np.hanning(steady.size)))
    pitches = np.fft.rfftfreq(steady.size, 1 / RATE)
    distortion = spectrum[np.abs(pitches - 440) > 60].max() / spectrum.max()

    assert 20 * np.log10(distortion) < -40
    assert np.abs(steady).max() > 0.85


def test_one_absurd_value_mutes_nothing_for_long() -> None:
    samples = sine(1.0)
    samples[100] = 1e30

    limited = limited_all(samples)

    np.testing.assert_array_equal(limited[RATE // 2 :], samples[RATE // 2 :])


def _joined(segments: list[tuple[Samples, float]]) -> Samples:
    joiner = Joiner(RATE)
    pieces: list[Samples] = []
    for samples, pause_ms in segments:
        pieces += [joiner.process(chunk) for chunk in np.array_split(samples, 7)]
        pieces.append(joiner.end_segment(pause_ms))
    return np.concatenate([*pieces, joiner.finish()])


def _gaps_ms(samples: Samples) -> list[float]:
    loud = np.flatnonzero(np.abs(samples) > 0.005)
    steps = np.diff(loud)
    return [1000 * float(step) / RATE for step in steps if step > 0.02 * RATE]


def test_segments_are_joined_with_the_wanted_pause() -> None:
    padded = np.concatenate([silence(200, RATE), sine(0.3), silence(400, RATE)])

    joined = _joined([(padded, 150), (padded, 0)])

    assert _gaps_ms(joined) == pytest.approx([150], abs=6)
    assert first_audible_index(joined) == pytest.approx(FADE_MS * RATE / 1000, abs=5)


def test_segments_that_end_abruptly_do_not_click() -> None:
    abrupt = np.full(RATE // 10, 0.5, np.float32)

    joined = _joined([(abrupt, 30), (-abrupt, 30)])

    assert largest_step(joined) < 0.05


def test_a_pause_within_a_segment_stays_as_it_is() -> None:
    spoken = np.concatenate([sine(0.2), silence(300, RATE), sine(0.2)])

    joined = _joined([(spoken, 0)])

    assert joined.size == spoken.size
    assert _gaps_ms(joined) == pytest.approx([300], abs=3)
    np.testing.assert_array_equal(joined[200:-200], spoken[200:-200])


def test_a_silent_segment_is_only_its_pause() -> None:
    assert _joined([(silence(500, RATE), 100)]).size == RATE // 10


def test_sound_after_a_long_pause_is_not_held_back() -> None:
    joiner = Joiner(RATE)
    out = [joiner.process(p) for p in (sine(0.1), silence(500, RATE), sine(0.1))]

    held = 0.7 * RATE - sum(piece.size for piece in out)
    assert held <= FADE_MS * RATE / 1000 + 1
