"""The speaker model on disk, and weights that somebody tampered with."""

import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fakes.speaker_model import published_wheel, speaker_model_path
from tests.fakes.torch_files import ORDERED_DICT, REBUILD, Call, Name, Stored, pickled
from voices.errors import SpeakerModelError
from voices.speaker.checkpoint import read_checkpoint
from voices.speaker.encoder import SpeakerEncoder
from voices.speaker.graph import build_graph
from voices.speaker.model import HINT, make_model, model_path, read_model, remove_model

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"little_endian": True}
VALUES = np.arange(6, dtype=np.float32)
FLOATS = "FloatStorage"


def storage(key: Any = "1", size: int = 6, kind: str = FLOATS, view: Any = None) -> Stored:
    return Stored(("storage", Name("torch", kind), key, "cpu", size, view))


def tensor(
    stored: Any, shape: tuple[Any, ...] = (2, 3), stride: tuple[Any, ...] = (3, 1), offset: Any = 0
) -> Call:
    return Call(REBUILD, (stored, offset, shape, stride, False, Call(ORDERED_DICT)))


def dumped(value: Any) -> bytes:
    return pickle.dumps(value, protocol=2)


def checkpoint(
    content: Any, *, keys: Any = ("1",), values: bytes = VALUES.tobytes(), size: int = 6
) -> bytes:
    parts = [dumped(each) for each in (MAGIC, 1001, SYSTEM)]
    parts += [pickled(content), dumped(list(keys) if isinstance(keys, tuple) else keys)]
    return b"".join(parts) + struct.pack("<q", size) + values


def test_tensors_are_read() -> None:
    data = checkpoint({"model_state": {"a": tensor(storage()), "other": 3}})
    (name, value), *rest = read_checkpoint(data, section="model_state").items()
    assert (name, rest) == ("a", [])
    assert value.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_tensors_may_begin_inside_their_storage() -> None:
    data = checkpoint({"s": {"a": tensor(storage(), (2,), (1,), offset=3)}})
    assert read_checkpoint(data, section="s")["a"].tolist() == [3, 4]


GOOD = {"s": {"a": tensor(storage())}}
HOSTILE = {
    "a call of the system": {"s": Call(Name("os", "system"), ("true",))},
    "a builtin": {"s": Call(Name("builtins", "eval"), ("1",))},
    "a part of an allowed module": {"s": Call(Name("torch", "load"), ("x",))},
    "a storage of its own": {"s": Call(Name("torch", FLOATS), (3,))},
    "a mapping with content": {"s": Call(ORDERED_DICT, ((("a", 1),),))},
    "storage of another kind": {"s": {"a": tensor(Stored(("storage", "float", "1", "cpu", 6)))}},
    "storage of half floats": {"s": {"a": tensor(storage(kind="HalfStorage"))}},
    "storage of integers elsewhere": {**GOOD, "o": tensor(storage(kind="LongStorage"))},
    "storage that is a part of another": {"s": {"a": tensor(storage(view=("0", 0, 6)))}},
    "storage of two sizes": {**GOOD, "o": tensor(storage(size=5), (5,), (1,))},
    "storage without a name": {"s": {"a": tensor(storage(key=1))}},
    "storage without end": {"s": {"a": tensor(storage(size=1 << 40))}},
    "storage of negative size": {"s": {"a": tensor(storage(size=-1))}},
    "storage that is a number": {"s": {"a": tensor(7)}},
    "tensor beyond its storage": {"s": {"a": tensor(storage(), (3, 3))}},
    "tensor that begins beyond it": {"s": {"a": tensor(storage(), offset=5)}},
    "tensor that begins before it": {"s": {"a": tensor(storage(), offset=-1)}},
    "tensor of nothing": {"s": {"a": tensor(storage(), (1 << 40, 1 << 40, 0), (0, 0, 1))}},
    "tensor with strides of nothing": {"s": {"a": tensor(storage(), (1 << 20, 1 << 20), (0, 0))}},
    "tensor with words for shape": {"s": {"a": tensor(storage(), ("a", "b"))}},
    "tensor of many dimensions": {"s": {"a": tensor(storage(), (1,) * 9, (1,) * 9)}},
    "no such section": {"other": {"a": tensor(storage())}},
    "content that is no mapping": [tensor(storage())],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_weights_are_refused(content: Any) -> None:
    with pytest.raises(SpeakerModelError):
        read_checkpoint(checkpoint(content), section="s")


def test_nothing_in_weights_is_run(tmp_path: Path) -> None:
    witness = tmp_path / "was-here"
    for position in range(5):
        parts = [*map(dumped, (MAGIC, 1001, SYSTEM)), pickled({"s": {}}), pickled([])]
        parts[position] = pickled(Call(Name("os", "mkdir"), (str(witness),)))
        with pytest.raises(SpeakerModelError, match=r"os\.mkdir"):
            read_checkpoint(b"".join(parts), section="s")
    assert not witness.exists()


BROKEN = {
    "cut off": checkpoint(GOOD)[:-1],
    "other size than described": checkpoint(GOOD, size=5),
    "negative size": checkpoint(GOOD, size=-1),
    "keys of other storages": checkpoint(GOOD, keys=("2",)),
    "keys that are no list": checkpoint(GOOD, keys="1"),
    "keys that are no words": checkpoint(GOOD, keys=([],)),
    "more keys than storages": checkpoint(
        GOOD, keys=("1", "2"), values=VALUES.tobytes() + bytes(8)
    ),
    "very many keys": checkpoint(GOOD, keys=("1",) * 257),
    "another magic number": dumped(MAGIC + 1) + checkpoint(GOOD),
    "big-endian": b"".join(map(dumped, (MAGIC, 1001, {"little_endian": False}))),
    "empty": b"",
    "an archive": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_broken_weights_are_refused(data: bytes) -> None:
    with pytest.raises(SpeakerModelError):
        read_checkpoint(data, section="s")


# A place in the memo 100 million values away.
@example(position=checkpoint(GOOD).rindex(b"q\x01a."), change=ord("q") ^ ord("r"))
@given(position=st.integers(0, len(checkpoint(GOOD)) - 1), change=st.integers(1, 255))
def test_any_changed_byte_gives_tensors_or_an_error_of_ours(position: int, change: int) -> None:
    data = bytearray(checkpoint(GOOD))
    data[position] ^= change
    try:
        tensors = read_checkpoint(bytes(data), section="s")
    except SpeakerModelError:
        return
    assert all(value.dtype == np.float32 for value in tensors.values())


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(SpeakerModelError, match="not the known ones"):
        build_graph({"linear.weight": np.zeros((3, 3), np.float32)})


def test_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(SpeakerModelError) as missing:
        SpeakerEncoder(model_path(tmp_path))
    assert missing.value.hint == HINT == "hub-agent models add speaker-check"
    assert missing.value.reason == "no_speaker_model"


def test_model_is_made_of_the_published_wheel_and_can_be_removed(tmp_path: Path) -> None:
    path = make_model(published_wheel(), tmp_path)
    assert path == model_path(tmp_path)
    SpeakerEncoder(path)
    manifest = json.loads(path.with_name("manifest.json").read_text())
    assert manifest["licence"] == "Apache-2.0"
    assert remove_model(tmp_path)
    assert not list(tmp_path.iterdir())
    assert not remove_model(tmp_path)


def test_weights_are_kept_in_full_precision() -> None:
    import onnx

    model = onnx.load_from_string(read_model(speaker_model_path()))
    kinds = {each.data_type for each in model.graph.initializer}
    assert kinds == {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    assert {node.op_type for node in model.graph.node} >= {"LSTM", "Gemm"}


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def claim_other_weights(path: Path) -> None:
    manifest = path.with_name("manifest.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"source_sha256": "0" * 64}))


def lose_the_manifest(path: Path) -> None:
    path.with_name("manifest.json").unlink()


def garble_the_manifest(path: Path) -> None:
    path.with_name("manifest.json").write_text("[")


def replace_by_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "spoil",
    [flip_a_byte, claim_other_weights, lose_the_manifest, garble_the_manifest, replace_by_a_link],
)
def test_spoilt_model_is_never_loaded(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = make_model(published_wheel(), tmp_path)
    spoil(path)
    with pytest.raises(SpeakerModelError):
        SpeakerEncoder(path)


def test_model_that_is_none_is_an_error_of_ours(tmp_path: Path) -> None:
    import hashlib

    path = make_model(published_wheel(), tmp_path)
    path.write_bytes(b"nonsense")
    manifest = path.with_name("manifest.json")
    entries = json.loads(manifest.read_text())
    entries["sha256"] = hashlib.sha256(b"nonsense").hexdigest()
    manifest.write_text(json.dumps(entries))
    with pytest.raises(SpeakerModelError, match="cannot be loaded"):
        SpeakerEncoder(path)


def test_another_wheel_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("resemblyzer/pretrained.pt", pickle.dumps(OrderedDict()))
    with pytest.raises(SpeakerModelError) as refused:
        make_model(wheel, tmp_path / "models")
    assert refused.value.reason == "wrong_file"
    assert not (tmp_path / "models").exists()


def test_wheel_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeakerModelError):
        make_model(tmp_path / "missing.whl", tmp_path)
    os.mkfifo(tmp_path / "pipe.whl")
    with pytest.raises(SpeakerModelError):
        make_model(tmp_path / "pipe.whl", tmp_path)
