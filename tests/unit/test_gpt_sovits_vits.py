"""What speaks is what the official code would have said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.graphs.flow import build_flow
from hub_agent.gpt_sovits.passage import Passage, Style
from hub_agent.gpt_sovits.tempo import num_frames, stretched
from tests.fakes.random_checkpoints import tiny_s2, write_s2
from tests.fakes.sovits import (
    BOTH,
    golden_checkpoint,
    golden_networks,
    golden_passage,
    golden_style,
    golden_tokens,
    golden_vits,
    session_of,
    write_pack,
)

SPEEDS = (0.8, 1.25)


@pytest.mark.parametrize("kind", BOTH)
def test_the_text_encoder_gives_the_official_latents(kind: Kind) -> None:
    phones = golden_vits(kind)["text"][0].tolist()
    latents = golden_networks(kind).latents(golden_tokens(kind), phones, golden_style(kind))
    assert np.abs(latents - golden_vits(kind)["enc_y"]).max() < 5e-6


@pytest.mark.parametrize("kind", BOTH)
def test_the_flow_gives_the_official_means_scales_and_latents(kind: Kind) -> None:
    golden = golden_vits(kind)
    session = session_of(build_flow, golden_checkpoint(kind))
    silence = np.zeros_like(golden["noise"])
    feeds = {"latents": golden["enc_y"], "noise": silence, "ge": golden["ge"]}
    ours = session.run(["mean", "log_scale", "z"], feeds)
    for value, name in zip(ours, ("m_p", "logs_p", "z"), strict=True):
        assert np.abs(value - golden[name]).max() < 2e-5, name


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("noise_scale", "name"), [(0.0, "wav"), (0.5, "wav_noise05")])
def test_the_decoder_gives_the_official_sound(kind: Kind, noise_scale: float, name: str) -> None:
    passage = golden_passage(kind, noise_scale=noise_scale)
    samples = Decoder(golden_networks(kind)).decode(golden_tokens(kind), passage)
    assert samples.shape == golden_vits(kind)[name].shape
    assert np.abs(samples - golden_vits(kind)[name]).max() < 5e-6


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("speed", SPEEDS)
def test_another_speed_gives_the_official_sound(kind: Kind, speed: float) -> None:
    golden = golden_vits(kind)
    passage = golden_passage(kind, speed=speed)
    samples = Decoder(golden_networks(kind)).decode(golden_tokens(kind), passage)
    assert samples.shape == golden[f"wav_speed{speed}"].shape
    assert np.abs(samples - golden[f"wav_speed{speed}"]).max() < 5e-6


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("speed", SPEEDS)
def test_another_speed_gives_the_official_means(kind: Kind, speed: float) -> None:
    golden = golden_vits(kind)
    end = num_frames(golden["enc_y"].shape[2], speed)
    frames = stretched(golden["enc_y"], 0, end, golden["enc_y"].shape[2] / end)
    session = session_of(build_flow, golden_checkpoint(kind))
    noise = np.zeros_like(golden[f"m_p_speed{speed}"])
    (mean,) = session.run(["mean"], {"latents": frames, "noise": noise, "ge": golden["ge"]})
    assert np.abs(mean - golden[f"m_p_speed{speed}"]).max() < 1e-5


@pytest.mark.parametrize("kind", BOTH)
def test_several_references_give_the_official_sound(kind: Kind) -> None:
    golden = golden_vits(kind)
    ge = golden["ge_two_refs"]
    checkpoint = golden_checkpoint(kind)
    ge_mrte = ge
    if checkpoint.config.speaker_size is not None:
        weight, bias = (checkpoint.weights[f"ge_to512.{part}"] for part in ("weight", "bias"))
        ge_mrte = (weight @ ge[0] + bias[:, None])[None]
    passage = replace(golden_passage(kind), style=Style(ge=ge, ge_mrte=ge_mrte))
    samples = Decoder(golden_networks(kind)).decode(golden_tokens(kind), passage)
    assert np.abs(samples - golden["wav_two_refs"]).max() < 5e-6


@pytest.mark.parametrize("kind", [Kind.S2_V2, Kind.S2_V2_PRO, Kind.S2_V2_PRO_PLUS])
def test_every_kind_and_size_speaks(kind: Kind, tmp_path: Path) -> None:
    config = replace(
        tiny_s2(kind),
        inter_channels=48,
        filter_channels=80,
        num_ssl_layers=2,
        num_text_layers=3,
        upsample_initial_channels=96,
    )
    path = write_s2(tmp_path / "s2.pth", kind, config)
    decoder = Decoder.open(write_pack(tmp_path, S2Checkpoint.read(path)), num_threads=1)
    style = Style(
        ge=np.ones((1, config.gin_channels, 1), np.float32),
        ge_mrte=np.ones((1, config.mrte_channels, 1), np.float32),
    )
    passage = Passage(phones=[5, 9], style=style, noise=decoder.noise(1))
    samples = decoder.decode(np.array([1, 1023, 7]), passage)
    assert decoder.sample_rate == 32_000
    assert samples.shape == (3 * 1280,)
    assert 0 < np.abs(samples).max() <= 1


def test_a_passage_needs_phones_and_a_speed() -> None:
    passage = golden_passage(Kind.S2_V2)
    with pytest.raises(ValueError, match="phones"):
        replace(passage, phones=[])
    with pytest.raises(ValueError, match="speed"):
        replace(passage, speed=0.0)
