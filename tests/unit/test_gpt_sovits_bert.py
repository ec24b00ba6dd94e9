"""BERT makes of a text what the official one makes, and strange folders are refused."""

import json
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.bert import BERT_FILE, VOCABULARY_FILE, Bert
from hub_agent.gpt_sovits.bert_maker import FILES, make_bert
from hub_agent.gpt_sovits.checkpoint.bert import SAFETENSORS_FILE, TORCH_FILE, BertCheckpoint
from hub_agent.gpt_sovits.checkpoint.safetensors import SafeTensors
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from hub_agent.gpt_sovits.checkpoint.vocabulary import LIST_FILE, TOKENIZER_FILE
from hub_agent.gpt_sovits.generator_maker import snr_db
from hub_agent.gpt_sovits.pack_trial import bert_snr_db
from tests.fakes.tiny_bert import TINY_BERT, official_features
from tests.fakes.torch_files import write_state

TOLERANCE = 2e-5
MOST_CHARACTERS = 22
"""That the tiny one has places for."""
OLD_NAMES = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}

Arrays = dict[str, NDArray[np.float32]]


def made(source: Path, folder: Path, *, is_quantised: bool = False) -> Bert:
    folder.mkdir(exist_ok=True)
    make_bert(BertCheckpoint.read(source), folder, is_quantised=is_quantised)
    assert {path.name for path in folder.iterdir() if path.is_file()} == set(FILES)
    return Bert(folder, num_threads=1)


def require_official(bert: Bert) -> None:
    for text, official in official_features().items():
        features = bert.of_characters(text)
        assert features.shape == official.shape
        assert np.abs(features - official).max() <= TOLERANCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny one, to be spoilt."""
    return shutil.copytree(TINY_BERT, tmp_path / "bert")


def weights(folder: Path) -> Arrays:
    return dict(read_torch_zip(folder / TORCH_FILE).tensors)


def write_safetensors(
    path: Path, arrays: Mapping[str, NDArray[Any]], change: Callable[[Any], object] = lambda _: None
) -> None:
    """`change` is given the table of tensors before it is written."""
    table: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    numbers = b""
    for name, values in arrays.items():
        end = len(numbers) + values.nbytes
        kind = {"f4": "F32", "f2": "F16", "u2": "BF16"}[values.dtype.str[1:]]
        table[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [len(numbers), end]}
        numbers += values.tobytes()
    change(table)
    head = json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + numbers)


def test_features_are_the_official_ones(tmp_path: Path) -> None:
    require_official(made(TINY_BERT, tmp_path / "made"))


def test_weights_as_safetensors_under_their_old_names_give_the_same(
    folder: Path, tmp_path: Path
) -> None:
    renamed = {}
    for name, values in weights(folder).items():
        for new, old in OLD_NAMES.items():
            name = name.replace(new, old)
        renamed[name.removeprefix("bert.")] = values
    (folder / TORCH_FILE).unlink()
    write_safetensors(folder / SAFETENSORS_FILE, renamed)
    (folder / TOKENIZER_FILE).unlink()
    require_official(made(folder, tmp_path / "made"))


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "<u2"])
def test_numbers_of_all_widths_are_read(tmp_path: Path, dtype: str) -> None:
    values = np.array([[1.0, -2.5], [0.5, 64.0]], np.float32)
    stored = values.view("<u4") >> 16 if dtype == "<u2" else values
    write_safetensors(tmp_path / "file", {"w": stored.astype(dtype)})
    np.testing.assert_array_equal(SafeTensors(tmp_path / "file")["w"], values)


def test_small_integers_are_near_and_take_less_room(tmp_path: Path) -> None:
    exact = made(TINY_BERT, tmp_path / "exact")
    other = made(TINY_BERT, tmp_path / "int8", is_quantised=True)
    for text, official in official_features().items():
        assert snr_db(official, exact.of_characters(text)) > 100
        assert 30 < snr_db(official, other.of_characters(text)) < 50
    assert 30 < bert_snr_db(tmp_path / "int8", BertCheckpoint.read(TINY_BERT)) < 50
    sizes = [(tmp_path / name / "bert.weights").stat().st_size for name in ("exact", "int8")]
    assert sizes[1] < sizes[0]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Bert:
    return made(TINY_BERT, tmp_path_factory.mktemp("made"))


@given(st.text(min_size=1, max_size=3 * MOST_CHARACTERS))
def test_any_text_has_a_row_for_each_character(bert: Bert, text: str) -> None:
    features = bert.of_characters(text)
    assert features.shape == (len(text), 24)
    assert np.isfinite(features).all()


def test_a_text_too_long_is_read_part_by_part(bert: Bert) -> None:
    first, second = "今天" * (MOST_CHARACTERS // 2), "天气"
    together = np.concatenate([bert.of_characters(first), bert.of_characters(second)])
    np.testing.assert_array_equal(bert.of_characters(first + second), together)


def test_only_what_was_downloaded_whole_is_loaded_again(tmp_path: Path) -> None:
    made(TINY_BERT, tmp_path / "made")
    for file in (BERT_FILE, VOCABULARY_FILE):
        (tmp_path / "made" / file).write_bytes(b"{}")
        with pytest.raises(ModelFileError) as caught:
            Bert(tmp_path / "made").of_characters("好")
        assert caught.value.hint


def with_setting(name: str, value: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))

    return change


def with_file(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def without_vocabulary(folder: Path) -> None:
    (folder / TOKENIZER_FILE).unlink()
    (folder / LIST_FILE).unlink()


def with_vocabulary(ids: Mapping[str, object]) -> Callable[[Path], object]:
    content = json.dumps({"model": {"vocab": {"[CLS]": 2, "[SEP]": 3, "[UNK]": 1, **ids}}})
    return with_file(TOKENIZER_FILE, content.encode())


def without_a_weight(folder: Path) -> None:
    left = weights(folder)
    del left["bert.encoder.layer.1.output.dense.bias"]
    rewrite(folder, left)


def with_no_number(folder: Path) -> None:
    spoilt = weights(folder)
    spoilt["bert.embeddings.word_embeddings.weight"][3, 3] = np.nan
    rewrite(folder, spoilt)


def rewrite(folder: Path, arrays: Arrays) -> None:
    shapes = {name: values.shape for name, values in arrays.items()}
    write_state(folder / TORCH_FILE, shapes, iter(arrays.values()), {})


@pytest.mark.parametrize(
    ("spoil", "reason", "words"),
    [
        (with_setting("hidden_size", 10**9), "damaged_checkpoint", "hidden_size makes no sense"),
        (with_setting("hidden_size", 65_536), "damaged_checkpoint", "has the wrong shape"),
        (with_setting("hidden_size", "24"), "damaged_checkpoint", "hidden_size makes no sense"),
        (with_setting("num_hidden_layers", 7), "damaged_checkpoint", "is missing"),
        (with_setting("num_hidden_layers", 65_536), "damaged_checkpoint", "settings make no"),
        (with_setting("num_hidden_layers", 2), "damaged_checkpoint", "settings make no sense"),
        (with_setting("num_attention_heads", 7), "damaged_checkpoint", "settings make no sense"),
        (with_setting("vocab_size", 9), "damaged_checkpoint", "has the wrong shape"),
        (with_setting("hidden_act", "silu"), "damaged_checkpoint", "hidden_act makes no sense"),
        (with_setting("layer_norm_eps", 0), "damaged_checkpoint", "layer_norm_eps makes no"),
        (with_file("config.json", b"["), "damaged_checkpoint", "config.json cannot be read"),
        (with_file("config.json", b"[" * 9999), "damaged_checkpoint", "config.json cannot be read"),
        (with_file("config.json", b"[]"), "damaged_checkpoint", "config.json makes no sense"),
        (without_vocabulary, "damaged_checkpoint", "vocab.txt cannot be read"),
        (with_file(TOKENIZER_FILE, b"{}"), "damaged_checkpoint", "tokenizer.json makes no sense"),
        (with_file(TOKENIZER_FILE, b"\xff"), "damaged_checkpoint", "tokenizer.json cannot be"),
        (with_vocabulary({"[SEP]": None}), "damaged_checkpoint", "does not fit its weights"),
        (with_vocabulary({"好": 10**6}), "damaged_checkpoint", "does not fit its weights"),
        (with_vocabulary({"好": -1}), "damaged_checkpoint", "does not fit its weights"),
        (with_vocabulary({"好": True}), "damaged_checkpoint", "does not fit its weights"),
        (
            with_file(TOKENIZER_FILE, b'{"model": {"vocab": {"a": 1}}}'),
            "damaged_checkpoint",
            "tokenizer.json lacks",
        ),
        (without_a_weight, "damaged_checkpoint", "output.dense.bias is missing"),
        (with_no_number, "damaged_checkpoint", "no numbers"),
        (lambda folder: (folder / TORCH_FILE).unlink(), "unreadable_checkpoint", "no such file"),
        (with_file(TORCH_FILE, b"PK"), "damaged_checkpoint", "no torch file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object], reason: str, words: str
) -> None:
    spoil(folder)
    with pytest.raises(ModelFileError) as caught:
        make_bert(BertCheckpoint.read(folder), tmp_path, is_quantised=False)
    assert caught.value.reason == reason
    assert words in str(caught.value)
    assert caught.value.hint


def set_in(name: str, value: object) -> Callable[[Any], object]:
    return lambda table: table["w"].__setitem__(name, value)


@pytest.mark.parametrize(
    "change",
    [
        set_in("shape", [3]),
        set_in("shape", [-4, -1]),
        set_in("shape", [1] * 9),
        set_in("shape", [4.0]),
        set_in("dtype", "I8"),
        set_in("dtype", ["F32"]),
        set_in("data_offsets", [0, 16, 16]),
        set_in("data_offsets", [16, 32]),
        set_in("data_offsets", [16, 0]),
        set_in("data_offsets", [-16, 0]),
        set_in("data_offsets", [False, 16]),
        lambda table: table.update(w=[]),
        lambda table: table.clear(),
    ],
)
def test_safetensors_that_describe_what_is_not_there_are_refused(
    tmp_path: Path, change: Callable[[Any], object]
) -> None:
    write_safetensors(tmp_path / "file", {"w": np.ones(4, np.float32)}, change)
    with pytest.raises(ModelFileError) as caught:
        SafeTensors(tmp_path / "file")
    assert caught.value.reason == "damaged_checkpoint"


@given(st.binary(max_size=64), st.booleans())
def test_any_bytes_are_safetensors_or_refused(content: bytes, with_length: bool) -> None:
    import tempfile

    head = struct.pack("<Q", len(content)) if with_length else b""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(head + content)
        with pytest.raises(ModelFileError):
            SafeTensors(Path(file.name))


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "file", {"w": np.array([1, np.inf], np.float32)})
    with pytest.raises(ModelFileError, match="no numbers"):
        SafeTensors(tmp_path / "file")["w"]
