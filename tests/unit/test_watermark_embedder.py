"""What the marker does to speech, apart from marking it."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from voices.watermark.embedder import Marker, Strength
from voices.watermark.grid import BLOCK_CHIPS, NUM_BANDS, PERIOD_BLOCKS, PERIOD_CHIPS
from voices.watermark.issue import issue, periods_of
from voices.watermark.keys import FAMILY_PERIODS, epoch_key, epoch_of, family_key
from voices.watermark.pattern import PILOT, block
from voices.watermark.payload import CODED_BITS, Payload32, coded_signs, message_bits, read_message

KEY = epoch_key(bytes(range(32)), 7)
STOCK = epoch_key(bytes(32), 7)
PAYLOAD = Payload32(1, 2, 345_678)
RATES = (16_000, 22_050, 24_000, 44_100, 48_000)

Samples = NDArray[np.float32]


def noise(seconds: float, rate: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, 0.05, round(seconds * rate)).astype(np.float32)


def marked(
    samples: Samples,
    rate: int = 16_000,
    *,
    payload: Payload32 = PAYLOAD,
    start: int = 11,
    epoch: int = 7,
    strength: Strength = Strength.NORMAL,
) -> Samples:
    key = epoch_key(bytes(range(32)), epoch)
    marker = Marker(key, payload, rate, start, strength)
    return np.concatenate([marker.process(samples), marker.finish()])


def test_the_same_utterance_is_marked_the_same_and_any_other_differently() -> None:
    plain = noise(1, 16_000)
    usual = marked(plain)

    assert np.array_equal(usual, marked(plain))
    for other in (
        marked(plain, start=12),
        marked(plain, epoch=8),
        marked(plain, payload=Payload32(1, 2, 345_679)),
        marked(plain, strength=Strength.STUDIO),
    ):
        assert not np.array_equal(usual, other)


@pytest.mark.parametrize("rate", RATES)
def test_the_mark_is_far_below_the_speech_and_changes_no_sample_by_much(rate: int) -> None:
    plain = noise(2, rate)
    change = marked(plain, rate) - plain

    assert 10 * np.log10(np.mean(change**2) / np.mean(plain**2)) < -10
    assert np.abs(change).max() < 0.5 * np.abs(plain).max()


@pytest.mark.parametrize("rate", RATES)
def test_a_click_stays_in_its_place(rate: int) -> None:
    click = np.zeros(rate, np.float32)
    click[rate // 3] = 0.8

    assert int(np.abs(marked(click, rate)).argmax()) == rate // 3


@pytest.mark.parametrize("rate", RATES)
def test_the_first_sound_comes_no_later_than_the_look_ahead(rate: int) -> None:
    marker = Marker(KEY, PAYLOAD, rate, 0)
    steps = noise(0.2, rate).reshape(-1, 10)
    came = np.cumsum([marker.process(step).size for step in steps])
    late = 10 * np.arange(1, len(steps) + 1) - came

    assert marker.look_ahead_ms <= 24.0
    assert late.max() <= rate * (marker.look_ahead_ms + 8.1) / 1000
    assert came[-1] > 0


def test_silence_stays_silence_also_between_words() -> None:
    words = np.concatenate([noise(0.5, 16_000), np.zeros(16_000, np.float32), noise(0.5, 16_000)])

    assert not marked(np.zeros(5_000, np.float32)).any()
    assert not marked(words)[8_000 + 512 : 24_000 - 512].any()


def test_the_pattern_runs_on_through_pauses() -> None:
    lively = noise(4, 16_000)
    paused = lively.copy()
    paused[16_000:40_000] = 0

    assert np.array_equal(marked(lively)[48_000:], marked(paused)[48_000:])


@pytest.mark.parametrize("size", [0, 1, 127, 128, 511, 513])
def test_an_utterance_of_a_few_samples_keeps_its_length(size: int) -> None:
    assert marked(noise(1, 16_000)[:size]).size == size


@pytest.mark.parametrize("rate", [8_000, 15_999, 96_000])
def test_rates_that_no_engine_has_are_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="cannot be marked"):
        Marker(KEY, PAYLOAD, rate, 0)


def test_marking_takes_less_than_a_fiftieth_of_the_time_it_sounds() -> None:
    plain = noise(10, 24_000)
    marked(plain[:24_000], 24_000)
    started = time.process_time()
    marked(plain, 24_000)

    assert time.process_time() - started < 10 / 50


def test_every_block_carries_each_coded_bit_once_and_as_many_pilots() -> None:
    for index in (0, 1, PERIOD_BLOCKS - 1):
        roles = np.bincount(block(KEY, index).roles.ravel(), minlength=PILOT + 1)

        assert (roles[:CODED_BITS] == 1).all()
        assert roles[PILOT] == BLOCK_CHIPS * NUM_BANDS - CODED_BITS


def test_blocks_are_all_different_and_return_after_the_period() -> None:
    blocks = [block(KEY, index).signs for index in range(20)]

    assert np.array_equal(block(KEY, PERIOD_BLOCKS + 3).signs, blocks[3])
    agreements = [np.mean(one == other) for one, other in pairwise(blocks)]
    assert max(agreements) < 0.65


def test_pilots_are_plus_and_minus_equally_often() -> None:
    signs = np.concatenate([block(KEY, index).signs.ravel() for index in range(PERIOD_BLOCKS)])

    assert abs(float(signs.mean())) < 5 / np.sqrt(signs.size)


def test_a_period_lasts_longer_than_a_minute() -> None:
    assert PERIOD_CHIPS * 0.016 > 65


def test_the_tag_tells_right_bits_from_wrong_ones_and_from_those_of_another_key() -> None:
    bits = message_bits(PAYLOAD, KEY.tag_key)
    flipped = bits.copy()
    flipped[5] ^= 1

    assert read_message(bits, KEY.tag_key) == PAYLOAD
    assert read_message(flipped, KEY.tag_key) is None
    assert read_message(bits, epoch_key(bytes(32), 7).tag_key) is None


def test_codes_of_neighbouring_numbers_differ_in_many_bits() -> None:
    codes = [coded_signs(Payload32(1, 0, number), KEY.tag_key) for number in range(40)]

    assert min(int(np.sum(one != other)) for one, other in pairwise(codes)) >= 18


def test_payloads_survive_being_an_integer_and_values_too_large_are_refused() -> None:
    assert Payload32.from_int(int(PAYLOAD)) == PAYLOAD
    for parts in ((16, 0, 0), (0, 16, 0), (0, 0, 1 << 24), (0, 0, -1)):
        with pytest.raises(ValueError, match="bits"):
            Payload32(*parts)


def test_an_epoch_lasts_a_week() -> None:
    moment = datetime(2026, 11, 19, tzinfo=UTC)

    assert epoch_of(moment) == epoch_of(moment + timedelta(days=6, hours=23))
    assert epoch_of(moment) + 1 == epoch_of(moment + timedelta(days=7))


def test_keys_tell_nothing_of_themselves_and_need_a_whole_secret() -> None:
    assert repr(KEY) == "EpochKey(epoch=7)"
    with pytest.raises(ValueError, match="32 bytes"):
        epoch_key(b"short", 1)


def test_utterances_start_all_over_the_pattern_and_the_same_audio_at_one_place() -> None:
    key = family_key(bytes(range(32)), 7)
    unknown = [issue(3, number, key, None) for number in range(50)]
    texts = [issue(3, number, key, b"text %d" % number) for number in range(50)]

    for marks in (unknown, texts):
        assert len({mark.start_phase // PERIOD_CHIPS for mark in marks}) > 25
        assert all(0 <= mark.start_phase < FAMILY_PERIODS * PERIOD_CHIPS for mark in marks)
        assert marks[9].payload == Payload32(1, 3, 9)
    assert issue(3, 99, key, b"text 7").start_phase == texts[7].start_phase
    assert issue(3, 7, STOCK, b"text 7").start_phase != texts[7].start_phase


def test_a_long_utterance_goes_on_in_the_next_period_and_the_last_is_followed_by_the_first() -> (
    None
):
    key = family_key(bytes(range(32)), 7)
    second = [block(key, PERIOD_BLOCKS + index).signs for index in range(2)]

    assert np.array_equal(block(key.period(1), 1).signs, second[1])
    assert not np.array_equal(block(key, 0).signs, second[0])
    assert np.array_equal(
        block(key, (FAMILY_PERIODS + 1) * PERIOD_BLOCKS).signs, block(key.period(1), 0).signs
    )
    assert list(periods_of(3 * PERIOD_CHIPS + 10, 30.0)) == [3]
    assert list(periods_of(3 * PERIOD_CHIPS + 10, 100.0)) == [3, 4]
    assert list(periods_of(3 * PERIOD_CHIPS + 10, None)) == [3, 4]
