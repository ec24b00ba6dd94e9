"""The mark is found where it is, says what it should, and is found nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.marked_speech import RATE, Samples, mark_speech, syllables
from tests.fakes.speech_files import librispeech
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import Detection, detect
from voices.watermark.evidence import Pieces
from voices.watermark.features import at_analysis_rate, power_spectra, ripple
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import epoch_key
from voices.watermark.payload import Payload32

KEY = epoch_key(bytes(range(32)), 7)
STRANGER = epoch_key(bytes(32), 7)
MARK = UtteranceMark(Payload32(1, 2, 345_678), 7, 4_500)
PLAIN = syllables(6)
MARKED = mark_speech(PLAIN, KEY, MARK)


def quickly(samples: Samples, rate: int = RATE) -> Detection:
    return detect(samples, rate, [KEY], other_speeds=False)


def faster(samples: Samples, factor: float) -> Samples:
    places = np.arange(0, samples.size - 1, factor)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)


def frames_of(samples: Samples, rate: int = RATE) -> NDArray[np.float32]:
    return ripple(power_spectra(at_analysis_rate(samples, rate), 1.0), 1.0)


def noisy(samples: Samples, snr_db: float) -> Samples:
    noise = np.random.default_rng(5).normal(0, 1, samples.size)
    level = np.sqrt(np.mean(samples**2) * 10 ** (-snr_db / 10))
    return np.asarray(samples + level * noise, np.float32)


def with_cuts(samples: Samples) -> Samples:
    """Every second or so a packet of 20 ms is lost."""
    packets = [samples[start : start + 320] for start in range(0, samples.size, 320)]
    return np.concatenate([each for index, each in enumerate(packets) if index % 47 != 30])


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(MARKED, id="as it was"),
        pytest.param(0.05 * MARKED, id="quiet"),
        pytest.param(-MARKED, id="inverted"),
        pytest.param(np.clip(3 * MARKED, -0.3, 0.3), id="clipped"),
        pytest.param(noisy(MARKED, 20), id="in noise"),
        pytest.param(MARKED[37_000:85_000], id="3 s of it"),
        pytest.param(with_cuts(MARKED), id="with packets lost"),
        pytest.param(np.round(MARKED * 128).astype(np.float32) / 128, id="8 bits"),
    ],
)
def test_the_mark_is_found_in(heard: Samples) -> None:
    found = quickly(heard.astype(np.float32))

    assert found.detected
    assert found.p_value < 1e-6
    assert found.epoch == 7
    assert found.payload == MARK.payload


@pytest.mark.parametrize("rate", [22_050, 24_000, 48_000])
def test_the_mark_is_found_at_the_rate_of(rate: int) -> None:
    marked = mark_speech(syllables(5, rate=rate), KEY, MARK, rate)
    found = quickly(marked, rate)

    assert found.payload == MARK.payload
    assert [round(span.end_s - span.start_s) for span in found.spans] == [5]


@pytest.mark.parametrize("factor", [0.9, 1.03])
def test_the_mark_is_found_at_another_speed_and_the_speed_is_told(factor: float) -> None:
    found = detect(faster(MARKED[:56_000], factor), RATE, [KEY])

    assert found.payload == MARK.payload
    assert found.stretch.tempo == pytest.approx(factor, abs=0.004)


def test_the_mark_of_another_key_is_none() -> None:
    assert not detect(MARKED, RATE, [STRANGER], other_speeds=False).detected


def test_the_right_key_is_found_among_several() -> None:
    keys = [epoch_key(bytes(range(32)), epoch) for epoch in (4, 5, 6, 7, 8)]

    assert detect(MARKED[:64_000], RATE, keys, other_speeds=False).epoch == 7


def test_only_the_marked_part_is_reported() -> None:
    before, after = syllables(4, seed=2), syllables(4, seed=3)
    found = quickly(np.concatenate([before, MARKED[:80_000], after]))

    assert len(found.spans) == 1
    span = found.spans[0]
    assert span.start_s == pytest.approx(4, abs=0.4)
    assert span.end_s == pytest.approx(9, abs=0.4)
    assert span.confidence > 0.8
    assert span.payload == MARK.payload


@pytest.mark.parametrize("seed", [40, 43, 44, 46])
def test_unmarked_speech_around_the_marked_part_is_left_out(seed: int) -> None:
    speech = mark_speech(syllables(6, seed=seed), KEY, MARK)
    found = quickly(np.concatenate([syllables(6, seed=seed + 20), speech, syllables(5, seed=80)]))

    assert len(found.spans) == 1
    assert found.spans[0].start_s == pytest.approx(6, abs=0.2)
    assert found.spans[0].end_s == pytest.approx(12, abs=0.2)


def test_two_utterances_in_one_recording_are_told_apart() -> None:
    other = UtteranceMark(Payload32(1, 9, 7), 7, 1_000)
    following = mark_speech(syllables(5, seed=4), KEY, other)
    found = quickly(np.concatenate([MARKED[:80_000], following]))

    assert [span.payload for span in found.spans] == [MARK.payload, other.payload]
    assert found.spans[1].start_s == pytest.approx(5, abs=0.3)


def test_long_recordings_are_searched_in_windows_with_progress() -> None:
    heard = np.concatenate([syllables(24, seed=6), MARKED, syllables(5, seed=7)])
    shares: list[float] = []
    found = detect(heard, RATE, [KEY], other_speeds=False, progress=shares.append)

    assert found.payload == MARK.payload
    assert found.spans[0].start_s == pytest.approx(24, abs=0.4)
    assert found.spans[-1].end_s == pytest.approx(30, abs=0.4)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_list_of_what_was_issued_names_a_second_of_speech_in_noise() -> None:
    heard = noisy(MARKED[40_000:64_000], 15)
    issued = [Payload32(1, slot, number) for slot in range(4) for number in range(500)]
    listed = {7: [*issued, MARK.payload]}

    assert detect(heard, RATE, [KEY], candidates=listed, other_speeds=False).payload == MARK.payload


def test_what_was_never_issued_is_not_taken_for_something_that_was() -> None:
    listed = {7: [Payload32(1, 2, number) for number in range(345_600, 345_678)]}

    found = detect(MARKED[:64_000], RATE, [KEY], candidates=listed, other_speeds=False)

    assert found.payload in {None, MARK.payload}


@pytest.mark.parametrize(
    "odd",
    [
        np.zeros(0),
        np.zeros(1_600),
        np.zeros(50_000),
        np.full(30_000, np.nan),
        np.full(30_000, np.inf),
        np.full(30_000, 7.0),
        np.sign(np.sin(np.arange(30_000))) * 9,
        np.eye(1, 30_000, 15_000).ravel(),
        np.random.default_rng(1).normal(0, 0.1, 1_600),
    ],
)
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_audio_without_speech_is_not_marked_and_raises_nothing(
    odd: NDArray[np.float64], rate: int
) -> None:
    assert not quickly(odd.astype(np.float32), rate).detected


def test_without_a_key_nothing_is_found() -> None:
    assert not detect(MARKED, RATE, []).detected


def test_200_keys_find_nothing_in_speech_that_is_not_marked() -> None:
    speech = [librispeech(f"1688-142285-000{index}.flac") for index in range(4)]
    heard = [Pieces(frames_of(samples[:64_000], rate)) for samples, rate in speech]
    patterns = [KeyPattern.of(epoch_key(bytes([index] * 32), 1)) for index in range(50)]
    log_ps = np.array([each.straight(pattern).log_p for each in heard for pattern in patterns])

    assert log_ps.size == 200
    assert log_ps.min() > np.log(1e-4)
    assert np.mean(log_ps < np.log(0.1)) <= 0.1


def test_the_tracker_promises_no_more_than_it_keeps() -> None:
    """By Markov's inequality the evidence has a mean of at most 1 over keys."""
    heard = Pieces(frames_of(syllables(2, seed=8)))
    patterns = [KeyPattern.of(epoch_key(bytes([index] * 32), 2)) for index in range(20)]
    ps = np.array([np.exp(heard.tracked(pattern).log_p) for pattern in patterns])

    assert ps.min() > 0.01
    assert np.mean(ps < 0.2) <= 0.2


def test_real_speech_keeps_its_mark_and_other_speech_has_none() -> None:
    speech, rate = librispeech("2414-128291-0000.flac")
    plain = speech[: 6 * rate]

    assert quickly(mark_speech(plain, KEY, MARK, rate), rate).payload == MARK.payload
    assert not quickly(plain, rate).detected


def test_a_report_shows_no_payload_in_its_representation() -> None:
    found = quickly(MARKED[:64_000])

    assert found.payload is not None
    assert "345678" not in repr(found)
    assert "slot" not in repr(found)


def test_two_households_with_keys_of_the_same_week_are_told_apart() -> None:
    listed = {7: [MARK.payload, Payload32(1, 2, 1)]}
    for keys in ([KEY, STRANGER], [STRANGER, KEY]):
        found = detect(MARKED[:32_000], RATE, keys, candidates=listed, other_speeds=False)

        assert found.payload == MARK.payload


def test_a_list_of_what_was_issued_does_not_blur_where_the_mark_is() -> None:
    before, after = syllables(4, seed=2), syllables(4, seed=3)
    heard = np.concatenate([before, MARKED[:80_000], after])

    found = detect(heard, RATE, [KEY], candidates={7: [MARK.payload]}, other_speeds=False)

    assert [span.payload for span in found.spans] == [MARK.payload]
    assert found.spans[0].start_s == pytest.approx(4, abs=0.4)
    assert found.spans[0].end_s == pytest.approx(9, abs=0.4)
