"""What is spoken while tokens come is what the whole would have been."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.decoder import LOOK_AHEAD, Decoder
from hub_agent.gpt_sovits.graphs.flow import CONTEXT
from hub_agent.gpt_sovits.latent_stream import LatentStream
from hub_agent.gpt_sovits.noise import seeded_noise
from hub_agent.gpt_sovits.passage import Passage, Style
from hub_agent.gpt_sovits.tempo import num_frames
from hub_agent.gpt_sovits.windows import no_signal
from tests.fakes.golden import arrays
from tests.fakes.random_checkpoints import tiny_s2, write_s2
from tests.fakes.sovits import (
    BOTH,
    golden_networks,
    golden_passage,
    golden_tokens,
    golden_vits,
    networks_of,
)

Samples = NDArray[np.float32]

ONE_LSB = 1 / 32768
CHUNKS = st.lists(st.integers(min_value=0, max_value=17), max_size=12)
FEW = settings(max_examples=6, deadline=None)


@pytest.mark.parametrize("kind", BOTH)
@FEW
@given(
    sizes=CHUNKS,
    look_ahead=st.integers(min_value=LOOK_AHEAD, max_value=9),
    speed=st.sampled_from([0.8, 1.0, 1.0, 1.3]),
)
def test_any_chunks_sound_nearly_as_their_latents_do_at_once(
    kind: Kind, sizes: list[int], look_ahead: int, speed: float
) -> None:
    networks = golden_networks(kind)
    passage = _passage(kind, speed)
    latents = _collected(LatentStream(networks, passage, look_ahead), kind, sizes)
    whole = networks.fine(networks.coarse(latents, passage.style))[0, 0]
    streamed = _streamed(kind, passage, sizes, look_ahead)
    assert streamed.shape == whole.shape
    assert np.std(streamed - whole) < 0.05 * np.std(whole)


def test_other_rates_and_kernels_sound_as_their_latents_do_at_once(tmp_path: Path) -> None:
    config = replace(
        tiny_s2(Kind.S2_V2),
        upsample_rates=(5, 4, 2),
        upsample_kernel_sizes=(15, 8, 4),
        resblock_kernel_sizes=(5, 9),
        resblock_dilations=((1, 2, 6), (3, 1)),
    )
    path = write_s2(tmp_path / "s2.pth", Kind.S2_V2, config)
    networks = networks_of(S2Checkpoint.read(path))
    style = Style(
        ge=np.ones((1, config.gin_channels, 1), np.float32),
        ge_mrte=np.zeros((1, 512, 1), np.float32),
    )
    z = seeded_noise(5, channels=config.inter_channels, scale=1)(0, 90)
    coarse, fine = networks.windowed_coarse(style), networks.windowed_fine()
    pieces = []
    for start, end in pairwise([0, 7, 7, 30, 33, 60, 90]):
        features = coarse.push(z[:, :, start:end], z[:, :, end:])
        pieces.append(fine.push(*features)[0].reshape(-1))
    streamed = np.concatenate(pieces)
    whole = networks.fine(networks.coarse(z, style)).reshape(-1)
    assert streamed.shape == whole.shape == (90 * 40,)
    assert np.abs(streamed - whole).max() <= ONE_LSB


@FEW
@given(sizes=CHUNKS, speed=st.floats(min_value=0.5, max_value=2))
def test_any_chunks_are_as_long_as_the_whole(sizes: list[int], speed: float) -> None:
    passage = _passage(Kind.S2_V2, speed)
    num_samples = 640 * num_frames(2 * len(golden_tokens(Kind.S2_V2)), speed)
    assert _streamed(Kind.S2_V2, passage, sizes, 4).shape == (num_samples,)


@pytest.mark.parametrize("kind", BOTH)
def test_all_tokens_at_once_sound_as_the_whole(kind: Kind) -> None:
    passage = _passage(kind, 1.0)
    whole = Decoder(golden_networks(kind)).decode(golden_tokens(kind), passage)
    streamed = _streamed(kind, passage, [len(golden_tokens(kind))], 4)
    assert np.abs(streamed - whole).max() <= ONE_LSB


def test_every_token_is_1280_samples() -> None:
    passage = _passage(Kind.S2_V2, 1.0)
    assert _streamed(Kind.S2_V2, passage, [14, 9], LOOK_AHEAD).shape == (40 * 1280,)


@pytest.mark.parametrize("kind", BOTH)
@FEW
@given(data=st.data())
def test_the_flow_needs_32_frames_to_either_side(kind: Kind, data: st.DataObject) -> None:
    golden, networks = golden_vits(kind), golden_networks(kind)
    passage = golden_passage(kind, noise_scale=0.5)
    latents = np.concatenate([golden["enc_y"], golden["enc_y"][:, :, ::-1]], axis=2)
    end = latents.shape[2]
    first = data.draw(st.integers(min_value=0, max_value=end - 1))
    last = data.draw(st.integers(min_value=first + 1, max_value=end))
    whole = networks.flow(latents, passage.noise(0, end), passage.style)
    left, right = max(0, first - CONTEXT), min(end, last + CONTEXT)
    window = networks.flow(latents[:, :, left:right], passage.noise(left, right), passage.style)
    assert np.abs((window - whole[:, :, left:right])[:, :, first - left : last - left]).max() < 1e-5


def test_streaming_strays_less_from_the_whole_than_the_official_one() -> None:
    official, text = arrays("stream_v2"), arrays("t2s")
    passage = replace(golden_passage(Kind.S2_V2), phones=text["text_phones"].tolist(), noise=_none)
    tokens = text["greedy_tokens"]
    decoder = Decoder(golden_networks(Kind.S2_V2))
    whole = decoder.decode(tokens, passage)
    official_whole = official["full_pcm16"][: whole.size].astype(np.float32) * ONE_LSB
    assert np.abs(whole - official_whole).max() <= 2 * ONE_LSB
    stream = decoder.stream(passage)
    pieces = [stream.push(tokens[start : start + 24]) for start in range(0, tokens.size, 24)]
    streamed = np.concatenate([*pieces, stream.finish()])
    official_streamed = official["stream_fixed24_pcm16"][: whole.size] * ONE_LSB
    assert np.std(streamed - whole) < 0.75 * np.std(official_streamed - official_whole)


def test_latents_that_were_given_out_are_followed_smoothly() -> None:
    passage = replace(golden_passage(Kind.S2_V2), noise=_passage(Kind.S2_V2, 1.0).noise)
    stream = LatentStream(golden_networks(Kind.S2_V2), passage, 4)
    tokens = golden_tokens(Kind.S2_V2)
    stream.push(tokens[:20])
    known = LatentStream(golden_networks(Kind.S2_V2), passage, 0).push(tokens)
    guessed = LatentStream(golden_networks(Kind.S2_V2), passage, 0).push(tokens[:20])
    second = stream.push(tokens[20:])
    first_guess, first_known = guessed[:, :, 32], known[:, :, 32]
    assert second[:, :, 0] == pytest.approx(0.8 * first_guess + 0.2 * first_known, abs=1e-4)
    assert second[:, :, 4:] == pytest.approx(known[:, :, 36:72], abs=1e-4)


def test_nothing_is_computed_while_too_few_tokens_are_there() -> None:
    stream = Decoder(golden_networks(Kind.S2_V2)).stream(_passage(Kind.S2_V2, 1.0))
    assert stream.push(golden_tokens(Kind.S2_V2)[:4]).size == 0


def test_a_passage_without_tokens_is_empty() -> None:
    decoder, passage = Decoder(golden_networks(Kind.S2_V2)), _passage(Kind.S2_V2, 1.0)
    assert decoder.stream(passage).finish().size == 0
    assert decoder.decode(np.empty(0, np.int64), passage).size == 0


@given(edges=st.lists(st.integers(min_value=0, max_value=200), min_size=2, max_size=6, unique=True))
def test_noise_belongs_to_its_frame(edges: list[int]) -> None:
    noise = seeded_noise(7, channels=3, scale=0.5)
    cuts = sorted(edges)
    pieces = [noise(start, end) for start, end in pairwise(cuts)]
    whole = noise(0, 200)[:, :, cuts[0] : cuts[-1]]
    assert np.array_equal(np.concatenate(pieces, axis=2), whole)


def test_noise_has_its_scale_and_its_seed() -> None:
    noise = seeded_noise(7, channels=64, scale=0.5)(0, 1000)
    assert noise.std() == pytest.approx(0.5, rel=0.02)
    assert not np.array_equal(noise, seeded_noise(8, channels=64, scale=0.5)(0, 1000))


def _passage(kind: Kind, speed: float) -> Passage:
    noise = Decoder(golden_networks(kind)).noise(3)
    return replace(golden_passage(kind, speed=speed), noise=noise)


def _none(start: int, end: int) -> Samples:
    """Noise of level 0, for more frames than there is golden noise for."""
    return np.zeros((1, golden_vits(Kind.S2_V2)["noise"].shape[1], end - start), np.float32)


def _streamed(kind: Kind, passage: Passage, sizes: Sequence[int], look_ahead: int) -> Samples:
    stream = Decoder(golden_networks(kind)).stream(passage, look_ahead=look_ahead)
    return np.concatenate([*_pushed(stream.push, kind, sizes), stream.finish()])


def _collected(stream: LatentStream, kind: Kind, sizes: Sequence[int]) -> Samples:
    pieces = [*_pushed(stream.push, kind, sizes), stream.finish()]
    return np.concatenate([piece for piece in pieces if piece.size] or [no_signal()], axis=2)


def _pushed(
    push: Callable[[NDArray[np.int64]], Samples], kind: Kind, sizes: Sequence[int]
) -> list[Samples]:
    """All tokens, in chunks of these sizes and a last one with what remains."""
    chunks = np.split(golden_tokens(kind), np.cumsum(sizes))
    return [push(chunk) for chunk in chunks]
