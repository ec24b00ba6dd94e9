"""The int8 generator sounds nearly as the exact one, or is not used."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.gpt_sovits import generator_maker
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.generator_maker import FILES, MIN_SNR_DB, make_int8_generator
from hub_agent.gpt_sovits.graphs.generator import build_coarse
from hub_agent.gpt_sovits.pack_maker import SNR_FIGURE
from hub_agent.gpt_sovits.passage import Passage
from hub_agent.gpt_sovits.quantise_convolutions import (
    measured_ranges,
    quantisable,
    quantise_convolutions,
)
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from hub_agent.gpt_sovits.sessions import open_session
from tests.fakes.gpt_sovits_packs import golden_pack, quantised_pack
from tests.fakes.random_checkpoints import tiny_s2, write_s2
from tests.fakes.sovits import write_pack

WIDE = replace(
    tiny_s2(Kind.S2_V2),
    upsample_initial_channels=256,
    upsample_rates=(5, 4, 2),
    upsample_kernel_sizes=(15, 8, 4),
)
"""128 channels in the first stage, 64 in the second, fewer behind; and few samples a frame."""
HUBERT = "hubert.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The exact graphs of a generator that is worth it."""
    return write_pack(tmp_path, checkpoint(tmp_path))


def checkpoint(folder: Path) -> S2Checkpoint:
    return S2Checkpoint.read(write_s2(folder / "s2.pth", Kind.S2_V2, WIDE))


def made(folder: Path) -> float | None:
    encoder = ReferenceEncoder(pack=folder, hubert=golden_pack().folder / HUBERT, num_threads=1)
    return make_int8_generator(folder, checkpoint(folder), encoder)


def decoded(networks: DecoderNetworks, sizes: tuple[int, ...] = ()) -> NDArray[np.float32]:
    """The same passage, at once or in chunks."""
    decoder = Decoder(networks)
    passage = Passage(phones=[5, 6, 7], style=networks.blank_style(), noise=decoder.noise(1))
    tokens = np.arange(40)
    if not sizes:
        return decoder.decode(tokens, passage)
    stream = decoder.stream(passage, look_ahead=40)
    pieces = [stream.push(chunk) for chunk in np.split(tokens, np.cumsum(sizes))]
    return np.concatenate([*pieces, stream.finish()])


def snr_db(exact: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.std(exact) / np.std(other - exact)))


def test_a_speaker_it_was_not_fitted_to_sounds_nearly_as_before(folder: Path) -> None:
    exact = decoded(DecoderNetworks.open(folder, num_threads=1))
    told = made(folder)
    assert told is not None
    assert told >= MIN_SNR_DB
    small = DecoderNetworks.open(folder, num_threads=1)
    assert MIN_SNR_DB - 10 < snr_db(exact, decoded(small)) < 80
    assert decoded(small, (10, 14)) == pytest.approx(decoded(small), abs=1 / 32768)


def test_what_would_be_heard_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = decoded(DecoderNetworks.open(folder, num_threads=1))
    monkeypatch.setattr(generator_maker, "MIN_SNR_DB", 200.0)
    told = made(folder)
    assert told is not None
    assert told < 200
    assert not any((folder / name).exists() for name in FILES)
    assert np.array_equal(decoded(DecoderNetworks.open(folder, num_threads=1)), exact)


def test_a_narrow_generator_stays_as_it_is() -> None:
    manifest = quantised_pack().manifest
    assert manifest.figures[SNR_FIGURE] is None
    assert not {file.path for file in manifest.files} & set(FILES)


def test_values_beyond_those_that_were_measured_are_cut_off(tmp_path: Path) -> None:
    weights, config = checkpoint(tmp_path).weights, WIDE
    rng = np.random.default_rng(1)
    z = rng.standard_normal((1, config.inter_channels, 30)).astype(np.float32)
    ge = np.zeros((1, config.gin_channels, 1), np.float32)
    exact, small = build_coarse(weights, config), build_coarse(weights, config)
    ranges = measured_ranges(exact, [{"z": z, "ge": ge}])
    quantise_convolutions(small, ranges)
    assert not quantisable(small)
    sounds = [
        open_session(model.SerializeToString(), num_threads=1).run(None, {"z": gain * z, "ge": ge})
        for model in (exact, small)
        for gain in (1, 3)
    ]
    usual, loud, small_usual, small_loud = (sound[0] for sound in sounds)
    assert snr_db(usual, small_usual) > 30
    assert 0 < snr_db(loud, small_loud) < 30
