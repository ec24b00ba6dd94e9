"""Official checkpoints read as data, on files of the official code and on files of our own."""

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.hubert import HubertCheckpoint
from hub_agent.gpt_sovits.checkpoint.kind import Kind, recognise
from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.checkpoint.s2_shapes import s2_shapes
from hub_agent.gpt_sovits.checkpoint.speaker import read_speaker_weights
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from hub_agent.gpt_sovits.checkpoint.weights import folded
from tests.fakes.golden import golden_file, golden_folder
from tests.fakes.random_checkpoints import ODD_S1, TINY_S1, tiny_s2, write_s1, write_s2
from tests.fakes.torch_files import (
    Built,
    HParams,
    Name,
    Raw,
    Stored,
    ordered,
    storage,
    tensor,
    write_torch_file,
)

VALUES = np.arange(6, dtype=np.float32)
HALVES = VALUES.astype("<f2").tobytes()


def six_values(path: Path, content: Any, numbers: bytes = HALVES) -> Path:
    return write_torch_file(path / "file.pth", content, {"0": numbers})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("s1_tiny.ckpt", Kind.S1),
        ("s2_tiny_v2.pth", Kind.S2_V2),
        ("s2_tiny_v2ProPlus.pth", Kind.S2_V2_PRO_PLUS),
        ("sv_tiny.ckpt", Kind.SPEAKER),
        ("hubert_tiny/pytorch_model.bin", Kind.HUBERT),
    ],
)
def test_official_files_are_recognised_by_their_content(name: str, kind: Kind) -> None:
    assert recognise(golden_file(name)) is kind


def test_the_shape_of_the_token_network_comes_from_the_file() -> None:
    config = S1Checkpoint.read(golden_file("s1_tiny.ckpt")).config
    assert (config.num_layers, config.num_heads, config.head_size) == (2, 16, 8)
    assert (config.hidden_size, config.feed_forward_size, config.eos) == (128, 512, 1024)


@pytest.mark.parametrize("name", ["s2_tiny_v2.pth", "s2_tiny_v2ProPlus.pth"])
def test_all_weights_of_official_sovits_files_are_described_and_only_those(name: str) -> None:
    checkpoint = S2Checkpoint.read(golden_file(name))
    codebook = "quantizer.vq.layers.0._codebook"
    of_training = {f"{codebook}.{part}" for part in ("inited", "cluster_size", "embed_avg")}
    assert set(checkpoint.weights) - of_training == set(s2_shapes(checkpoint.config))
    for weight in s2_shapes(checkpoint.config):
        assert checkpoint.weights[weight].shape == checkpoint.weights.shape(weight)
        assert checkpoint.weights[weight].dtype == np.float32


def test_settings_in_the_trainers_own_class_become_plain_ones() -> None:
    content = read_torch_zip(golden_file("s2_tiny_v2.pth")).content
    assert content["config"]["model"]["upsample_rates"] == [10, 8, 2, 2, 2]
    assert content["config"]["data"]["mel_fmax"] is None
    assert json.loads(json.dumps(content)) == content


def test_speaker_weights_are_read_whole() -> None:
    weights = read_speaker_weights(golden_file("sv_tiny.ckpt"))
    assert weights.shape("layer3_ds.weight") == (256, 128, 3, 3)
    assert len(weights) == 1001


def test_a_hubert_folder_is_read_with_its_positional_weight_folded() -> None:
    checkpoint = HubertCheckpoint.read(golden_folder("hubert_tiny"))
    assert checkpoint.config.strides == (5, 2, 2, 2, 2, 2, 2)
    name = "encoder.pos_conv_embed.conv.weight"
    assert checkpoint.weights[name].shape == (768, 48, 128)
    gain = read_torch_zip(golden_folder("hubert_tiny") / "pytorch_model.bin").tensors
    lengths = np.sqrt(np.square(checkpoint.weights[name].astype(np.float64)).sum(axis=(0, 1)))
    np.testing.assert_allclose(lengths, np.abs(gain[f"{name}_g"]).ravel(), rtol=1e-5)


def test_a_transposed_convolution_is_normalised_for_each_input_channel() -> None:
    rng = np.random.default_rng(1)
    gain = rng.standard_normal((4, 1, 1), np.float32)
    direction = rng.standard_normal((4, 2, 3), np.float32)
    weight = folded(gain, direction)
    for channel in range(4):
        expected = gain[channel] * direction[channel] / np.linalg.norm(direction[channel])
        np.testing.assert_allclose(weight[channel], expected, rtol=1e-6)


@pytest.mark.parametrize("config", [TINY_S1, ODD_S1, replace(TINY_S1, num_phones=800)])
def test_token_networks_of_any_size_are_read(tmp_path: Path, config: Any) -> None:
    assert S1Checkpoint.read(write_s1(tmp_path / "s1.ckpt", config)).config == config


@pytest.mark.parametrize("kind", [Kind.S2_V2, Kind.S2_V2_PRO, Kind.S2_V2_PRO_PLUS])
def test_sovits_files_of_all_kinds_are_read_whatever_their_first_bytes(
    tmp_path: Path, kind: Kind
) -> None:
    checkpoint = S2Checkpoint.read(write_s2(tmp_path / "s2.pth", kind))
    assert checkpoint.kind is kind
    assert checkpoint.config == tiny_s2(kind)


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [("float16", "<f2"), ("float32", "<f4"), ("int64", "<i8")],
)
def test_numbers_of_each_type_are_widened(tmp_path: Path, dtype: str, stored: str) -> None:
    path = six_values(
        tmp_path, {"w": tensor(storage("0", 6, dtype), (2, 3))}, VALUES.astype(stored).tobytes()
    )
    np.testing.assert_array_equal(read_torch_zip(path).tensors["w"], VALUES.reshape(2, 3))


def test_numbers_in_the_brain_format_are_widened(tmp_path: Path) -> None:
    upper_halves = VALUES.view(np.uint32) >> 16
    kind = Name("torch", "BFloat16Storage")
    stored = Stored(("storage", kind, "0", "cpu", 6))
    path = six_values(tmp_path, {"w": tensor(stored, (6,))}, upper_halves.astype("<u2").tobytes())
    np.testing.assert_array_equal(read_torch_zip(path).tensors["w"], VALUES)


def test_a_tensor_stored_with_its_axes_turned_is_turned_back(tmp_path: Path) -> None:
    path = six_values(tmp_path, {"w": tensor(storage("0", 6), (3, 2), (1, 3))})
    np.testing.assert_array_equal(read_torch_zip(path).tensors["w"], VALUES.reshape(2, 3).T)


def test_a_part_of_shared_numbers_is_a_tensor_too(tmp_path: Path) -> None:
    path = six_values(tmp_path, {"w": tensor(storage("0", 6), (2, 1), (1, 7), 3)})
    np.testing.assert_array_equal(read_torch_zip(path).tensors["w"], [[3], [4]])


def test_versions_of_modules_beside_a_state_dict_are_ignored(tmp_path: Path) -> None:
    state = {"_metadata": Raw(b"ccollections\nOrderedDict\n)R")}
    weights = Built(ordered({"w": tensor(storage("0", 6), (6,))}), state)
    assert list(read_torch_zip(six_values(tmp_path, weights)).tensors) == ["w"]


def refused(path: Path) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        recognise(path)
    return caught.value


@pytest.mark.parametrize(
    ("names", "version", "kind"),
    [
        ({"enc_p.text_embedding.weight": (2, 3)}, "v1", Kind.S2_V1),
        ({"enc_p.text_embedding.weight": (2, 3), "cfm.a": (6,)}, "v3", Kind.S2_V3),
        ({"enc_p.text_embedding.weight": (2, 3), "cfm.a": (6,)}, "v4", Kind.S2_V4),
        ({"cfm.x.lora_A.default.weight": (2, 3)}, "v3", Kind.LORA),
        ({"discriminators.0.convs.0.weight": (6,)}, "v2", Kind.DISCRIMINATOR),
        ({"model.ar_text_embedding.word_embeddings.weight": (2, 3)}, "v1", Kind.S1_V1),
    ],
)
def test_kinds_that_cannot_speak_are_named_with_what_to_use_instead(
    tmp_path: Path, names: dict[str, tuple[int, ...]], version: str, kind: Kind
) -> None:
    weights = {name: tensor(storage("0", 6), shape) for name, shape in names.items()}
    config = HParams(model=HParams(version=version))
    path = six_values(tmp_path, {"weight": ordered(weights), "config": config})
    assert recognise(path) is kind
    reader = S1Checkpoint if kind is Kind.S1_V1 else S2Checkpoint
    with pytest.raises(
        ModelFileError, match=kind.value.replace("(", r"\(").split(")")[0]
    ) as caught:
        reader.read(path)
    assert caught.value.reason == "unsupported_checkpoint"
    assert caught.value.hint is not None


def test_a_sovits_file_in_place_of_a_gpt_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="SoVITS v2Pro") as caught:
        S1Checkpoint.read(write_s2(tmp_path / "s2.pth", Kind.S2_V2_PRO))
    assert caught.value.hint == "use the checkpoint of GPT (s1)"


def test_a_file_that_is_not_there_is_called_unreadable(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.pth").reason == "unreadable_checkpoint"
    assert refused(tmp_path).reason == "unreadable_checkpoint"
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").reason == "unreadable_checkpoint"


def test_the_format_of_old_torch_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + b"more")
    error = refused(path)
    assert error.reason == "unsupported_checkpoint"
    assert "before 1.6" in str(error)


def test_weights_of_an_unknown_network_are_refused(tmp_path: Path) -> None:
    error = refused(six_values(tmp_path, {"w": tensor(storage("0", 6), (6,))}))
    assert "no network we know" in str(error)
