"""Recordings of any length are searched piece by piece, and nothing is lost between two."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.own_speech.known_marks import KnownMarks, Origin
from hub_agent.own_speech.pieces import OVERLAP_S, PIECE_S, Piece, pieces_of
from hub_agent.own_speech.report import clock, odds, sentence
from hub_agent.own_speech.search import search, share_of
from tests.fakes.hub_speech import write_wav
from tests.fakes.marked_speech import mark_speech
from tests.fakes.speech_material import RATE, reader, wav_bytes
from voices.enrolment.decode import Audio, Limits, decode_blocks
from voices.watermark.hub_key import STOCK_SLOT
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import epoch_key, epoch_start
from voices.watermark.payload import Payload32

MASTER = bytes(range(32))
EPOCH = 2_966
MARK = UtteranceMark(Payload32(1, STOCK_SLOT, 620), EPOCH, 4_000)


def stock_marks(*epochs: int) -> KnownMarks:
    known = KnownMarks()
    known.add_stock(MASTER, epochs)
    return known


def counted(sizes: list[int], rate: int) -> list[Piece]:
    """The pieces of samples that count up."""
    ends = np.cumsum(sizes)
    blocks = (
        Audio(np.arange(end - size, end, dtype=np.float32), rate)
        for end, size in zip(ends.tolist(), sizes, strict=True)
    )
    return list(pieces_of(blocks))


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 9_000), min_size=1, max_size=12), rate=st.just(8))
def test_pieces_hold_every_sample_and_their_own_parts_lie_side_by_side(
    sizes: list[int], rate: int
) -> None:
    pieces = counted(sizes, rate)
    total = sum(sizes)

    for piece in pieces:
        start = round(piece.start_s * rate)
        assert np.array_equal(piece.samples, np.arange(start, start + piece.samples.size))
        assert piece.samples.size <= PIECE_S * rate
    ends = [piece.own_end_s for piece in pieces]
    assert [piece.own_start_s for piece in pieces] == [0.0, *ends[:-1]]
    assert ends[-1] == pytest.approx(total / rate)


def test_what_is_said_over_the_seam_of_two_pieces_is_one_announcement(tmp_path: Path) -> None:
    speech = reader("sonnet_1_en")
    marked = mark_speech(speech[: 12 * RATE], epoch_key(MASTER, EPOCH), MARK)
    seam = (PIECE_S - OVERLAP_S // 2) * RATE
    whole = np.tile(speech, 6)[: (PIECE_S + 10) * RATE]
    whole[seam - 6 * RATE : seam + 6 * RATE] = marked
    file = write_wav(tmp_path / "long.wav", whole)
    shares: list[float] = []
    found = search(file, stock_marks(EPOCH), other_speeds=False, progress=shares.append)

    (mark,) = found.marks
    assert mark.start_s == pytest.approx(seam / RATE - 6, abs=0.6)
    assert mark.end_s == pytest.approx(seam / RATE + 6, abs=0.6)
    assert mark.speech.payload == MARK.payload
    assert found.duration_s == pytest.approx(PIECE_S + 10)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_minutes_are_decoded_in_the_memory_of_seconds(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    file.write_bytes(wav_bytes(np.zeros(300 * 8_000, np.float32), 8_000))
    tracemalloc.start()
    try:
        total = sum(
            block.samples.size for block in decode_blocks(file, highest_rate=8_000, limits=Limits())
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert total == 300 * 8_000
    assert peak < 2_000_000


def test_the_share_of_false_alarms_of_all_pieces_is_one() -> None:
    assert 0.999 < sum(share_of(index) for index in range(10_000)) < 1


def test_a_stock_voice_tells_the_minute_and_a_family_voice_of_the_same_week_is_another() -> None:
    known = stock_marks(EPOCH)
    known.add_family(bytes(32), [], {})
    said = known.speech(0, MARK.payload)

    assert said.origin is Origin.STOCK
    assert said.at is not None
    assert (said.at - epoch_start(EPOCH)).total_seconds() == 620 * 60
    assert [key.epoch for key in known.keys] == [0]


@pytest.mark.parametrize(
    ("p_value", "said"),
    [
        (1.0, "1 in 1"),
        (0.034, "1 in 20"),
        (2.5e-7, "1 in 4,000,000"),
        (1.01e-6, "1 in 900,000"),
        (3.3e-24, "1 in 10^23"),
        (9e-300, "1 in 10^299"),
    ],
)
def test_odds_are_never_better_than_they_are(p_value: float, said: str) -> None:
    assert odds(p_value) == said
    assert float(odds(p_value)[5:].replace(",", "").replace("10^", "1e")) <= 1.0001 / p_value


def test_times_are_shown_as_players_show_them() -> None:
    assert [clock(at) for at in (0.4, 59.6, 125, 3_725)] == ["0:00", "1:00", "2:05", "1:02:05"]


def test_what_the_log_has_forgotten_is_still_known_as_the_familys(tmp_path: Path) -> None:
    marked = mark_speech(reader("sonnet_1_en")[: 8 * RATE], epoch_key(MASTER, EPOCH), MARK)
    known = KnownMarks()
    known.add_family(MASTER, [], {}, forgotten=[EPOCH])
    found = search(write_wav(tmp_path / "old.wav", marked), known, other_speeds=False)

    assert sentence(found).startswith("made by this hub: a family voice, in the week from 2026-11-")
    assert found.main is not None
    assert (found.main.speech.epoch, found.main.speech.voice) == (EPOCH, None)


def test_an_empty_home_finds_nothing(tmp_path: Path) -> None:
    file = write_wav(tmp_path / "plain.wav", reader("sonnet_1_en")[: 2 * RATE])
    found = search(file, KnownMarks())

    assert not found.detected
    assert sentence(found) == "no mark of this hub found, which proves nothing"
