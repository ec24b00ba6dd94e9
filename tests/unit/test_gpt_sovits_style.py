"""Style and prompt of a reference are the official ones."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.errors import NotFoundError
from hub_agent.gpt_sovits.checkpoint.hubert import HubertCheckpoint
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.checkpoint.speaker import read_speaker_weights
from hub_agent.gpt_sovits.graphs.codes import build_codes
from hub_agent.gpt_sovits.graphs.hubert import build_hubert
from hub_agent.gpt_sovits.graphs.sovits import ENROLLING
from hub_agent.gpt_sovits.graphs.speaker import build_speaker
from hub_agent.gpt_sovits.graphs.style import build_style
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from tests.fakes.golden import arrays, golden_file, golden_folder
from tests.fakes.random_checkpoints import tiny_s2, write_s2
from tests.fakes.sovits import BOTH, golden_checkpoint, golden_vits, session_of
from voices.errors import EnrolmentRefusedError
from voices.recording import Recording

SPEAKER_SIZE = 2560
"""Of the tiny speaker network."""


@pytest.mark.parametrize("kind", BOTH)
def test_the_style_is_the_official_one(kind: Kind) -> None:
    golden = golden_vits(kind)
    ge, ge_mrte = session_of(build_style, golden_checkpoint(kind)).run(None, _feeds(kind, 0))
    assert np.abs(ge - golden["ge"]).max() < 1e-5
    assert np.abs(ge_mrte - golden["ge_mrte"]).max() < 1e-5


@pytest.mark.parametrize("kind", BOTH)
def test_the_style_of_two_references_is_their_mean(kind: Kind) -> None:
    session = session_of(build_style, golden_checkpoint(kind))
    first, second = (session.run(["ge"], _feeds(kind, number))[0] for number in (0, 1))
    assert np.abs((first + second) / 2 - golden_vits(kind)["ge_two_refs"]).max() < 1e-5


@pytest.mark.parametrize("kind", BOTH)
def test_semantic_tokens_are_the_official_ones(kind: Kind) -> None:
    golden = golden_vits(kind)
    session = session_of(build_codes, golden_checkpoint(kind))
    (tokens,) = session.run(None, {"hidden": golden["ssl"].transpose(0, 2, 1)})
    assert tokens.tolist() == golden["ssl_codes"][0, 0].tolist()


def test_a_recording_becomes_the_official_prompt(encoder: ReferenceEncoder) -> None:
    tokens = encoder.prompt(_recording(arrays("sv_tiny")["wave16k"], 16_000))
    assert tokens.tolist() == arrays("hubert_tiny")["prompt_semantic_v2"].tolist()


def test_recordings_become_the_official_style(encoder: ReferenceEncoder) -> None:
    waves = arrays("reference_audio")
    recordings = [_recording(waves[name], 32_000) for name in ("wave32k", "wave32k_b")]
    one, two = encoder.style(recordings[:1]), encoder.style(recordings)
    golden = golden_vits(Kind.S2_V2)
    assert np.abs(one.ge - golden["ge"]).max() < 1e-5
    assert np.abs(one.ge_mrte - golden["ge_mrte"]).max() < 1e-5
    assert np.abs(two.ge - golden["ge_two_refs"]).max() < 1e-5


def test_any_sample_rate_gives_nearly_the_same_style(encoder: ReferenceEncoder) -> None:
    waves = arrays("reference_audio")
    as_48k = _recording(waves["wave32k"], 48_000)
    at_32k = _recording(waves["resample_48k_to_32k_torchaudio"], 32_000)
    half_s = replace(as_48k, samples=as_48k.samples[:72_000])
    ours, official = encoder.style([half_s]).ge, encoder.style([at_32k]).ge
    assert np.abs(ours - official).max() < 0.05 * np.abs(official).max()


def test_pro_voices_know_who_speaks(tmp_path: Path) -> None:
    config = replace(tiny_s2(Kind.S2_V2_PRO), speaker_size=SPEAKER_SIZE)
    checkpoint = S2Checkpoint.read(write_s2(tmp_path / "s2.pth", Kind.S2_V2_PRO, config))
    speaker = build_speaker(read_speaker_weights(golden_file("sv_tiny.ckpt")))
    (tmp_path / "speaker.onnx").write_bytes(speaker.SerializeToString())
    encoder = _encoder(tmp_path, checkpoint)
    recording = _recording(arrays("reference_audio")["wave32k_b"], 32_000)
    with pytest.raises(NotFoundError) as caught:
        encoder.style([recording])
    assert caught.value.reason == "no_speaker_model"
    style = replace(encoder, speaker=tmp_path / "speaker.onnx").style([recording])
    assert style.ge.shape == (1, config.gin_channels, 1)
    assert style.ge_mrte.shape == (1, 512, 1)


@pytest.mark.parametrize(("duration_s", "limit"), [(2.9, "3 to 10"), (10.1, "3 to 10")])
def test_a_prompt_takes_three_to_ten_seconds(
    encoder: ReferenceEncoder, duration_s: float, limit: str
) -> None:
    recording = _recording(np.zeros(int(duration_s * 16_000), np.float32), 16_000)
    with pytest.raises(EnrolmentRefusedError, match=limit) as caught:
        encoder.prompt(recording)
    assert caught.value.reason == "reference_length"


def test_a_style_takes_a_second(encoder: ReferenceEncoder) -> None:
    with pytest.raises(EnrolmentRefusedError, match="at least 1 second"):
        encoder.style([_recording(np.zeros(100, np.float32), 16_000)])


def test_values_that_are_no_numbers_are_refused(encoder: ReferenceEncoder) -> None:
    with pytest.raises(EnrolmentRefusedError) as caught:
        encoder.style([_recording(np.full(40_000, np.nan, np.float32), 16_000)])
    assert caught.value.reason == "broken_audio"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> ReferenceEncoder:
    folder = tmp_path_factory.mktemp("pack")
    return _encoder(folder, golden_checkpoint(Kind.S2_V2))


def _encoder(folder: Path, checkpoint: S2Checkpoint) -> ReferenceEncoder:
    for name, build in ENROLLING.items():
        model = build(checkpoint.weights, checkpoint.config)
        (folder / name).write_bytes(model.SerializeToString())
    hubert = HubertCheckpoint.read(golden_folder("hubert_tiny"))
    model = build_hubert(hubert.weights, hubert.config)
    (folder / "hubert.onnx").write_bytes(model.SerializeToString())
    return ReferenceEncoder(pack=folder, hubert=folder / "hubert.onnx", num_threads=1)


def _feeds(kind: Kind, number: int) -> Mapping[str, NDArray[Any]]:
    spectrum = arrays("reference_audio")[("spec", "spec_b")[number]]
    if kind is Kind.S2_V2:
        return {"spectrum": spectrum}
    speakers = golden_vits(kind)["sv_emb"]
    return {"spectrum": spectrum, "speaker": speakers[number : number + 1]}


def _recording(samples: NDArray[np.float32], sample_rate: int) -> Recording:
    return Recording(samples=samples, sample_rate=sample_rate, transcript="", language="en")
