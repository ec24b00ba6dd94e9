"""Checkpoints made or changed to do harm: each is refused, and nothing in it is run."""

import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.kind import Kind, recognise
from hub_agent.gpt_sovits.checkpoint.pickled import read_pickle
from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint, s1_shapes
from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.checkpoint.torch_zip import read_torch_zip
from tests.fakes.golden import golden_file
from tests.fakes.random_checkpoints import TINY_S1, tiny_s2, write_s1, write_s2
from tests.fakes.torch_files import (
    ORDERED_DICT,
    REBUILD,
    ROOT,
    Built,
    Call,
    Name,
    Raw,
    ordered,
    pickled,
    storage,
    tensor,
    write_members,
    write_state,
    write_torch_file,
)

BYTES = np.arange(6, dtype="<f2").tobytes()
GOOD = tensor(storage("0", 6), (6,))
RUN = Name("os", "system")
MOST_BYTES = 64 << 20
"""What reading an index may take at most."""

changing_files = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_all(path: Path) -> dict[str, Any]:
    return dict(read_torch_zip(path).tensors)


def refusal(path: Path) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        read_all(path)
    return caught.value


def file_of(folder: Path, content: Any, numbers: bytes = BYTES) -> Path:
    return write_torch_file(folder / "file.pth", content, {"0": numbers})


def calling(path: Path) -> Call:
    return Call(RUN, (f"touch {path}",))


HARMFUL: dict[str, Callable[[Path], Any]] = {
    "a call": calling,
    "a call in the weights": lambda path: {"weight": ordered({"w": calling(path)})},
    "a call in the settings": lambda path: {"weight": {"w": GOOD}, "config": calling(path)},
    "a call as a key": lambda path: {calling(path): 1},
    "a name": lambda _path: {"w": Name("builtins", "eval")},
    "eval": lambda path: Call(Name("builtins", "eval"), (f"open({str(path)!r}, 'w')",)),
    "a mapping made of a call": lambda path: Call(ORDERED_DICT, ([("a", calling(path))],)),
    "a mapping with arguments": lambda _path: Call(ORDERED_DICT, ([("a", 1)],)),
    "a mapping called by a name": lambda _path: Call(Name("collections", "OrderedDict.fromkeys")),
    "a tensor with a hook": lambda path: Call(
        REBUILD, (storage("0", 6), 0, (6,), (1,), False, calling(path))
    ),
    "a state for a name": lambda path: Built(RUN, {"__setstate__": str(path)}),
    "a state for a known name": lambda _path: Built(REBUILD, (None, {"__code__": 1})),
    "a state that is no mapping": lambda _path: Built(Call(ORDERED_DICT), (None, {"items": 1})),
    "settings with arguments": lambda _path: Raw(b"cutils\nHParams\n(K\x01t\x81"),
    "settings that are called": lambda _path: Call(Name("utils", "HParams")),
    "another class of utils": lambda _path: Call(Name("utils", "load_checkpoint"), ("x",)),
    "an extension": lambda _path: Raw(b"\x82\x01"),
    "an old instance": lambda _path: Raw(b"(ios\nsystem\n"),
    "a name from the stack": lambda _path: Raw(b"X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93"),
    "a number as text": lambda _path: Raw(b"L" + b"9" * 5000 + b"L\n"),
    "a giant number": lambda _path: Raw(b"\x8b\xff\xff\xff\x7f"),
    "a storage that is called": lambda _path: Call(Name("torch", "HalfStorage"), (6,)),
}


@pytest.mark.parametrize("what", HARMFUL)
def test_what_wants_to_run_something_is_refused_and_nothing_is_run(
    tmp_path: Path, what: str
) -> None:
    trace = tmp_path / "trace"
    error = refusal(file_of(tmp_path, HARMFUL[what](trace)))
    assert error.reason in {"unsafe_checkpoint", "damaged_checkpoint"}
    assert error.exit_code == 65
    assert error.hint
    assert not trace.exists()


def test_the_harm_is_real_where_pickles_are_opened(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    pickle.loads(pickled(calling(trace)))  # noqa: S301
    assert trace.exists()


def test_a_refused_name_is_told(tmp_path: Path) -> None:
    error = refusal(file_of(tmp_path, calling(tmp_path / "trace")))
    assert error.reason == "unsafe_checkpoint"
    assert "os.system" in str(error)


WRONG_TENSORS = {
    "longer than its numbers": tensor(storage("0", 6), (7,)),
    "beyond its numbers": tensor(storage("0", 6), (3,), offset=4),
    "overlapping": tensor(storage("0", 6), (2, 3), (1, 1)),
    "repeating": tensor(storage("0", 6), (1 << 20, 6), (0, 1)),
    "with gaps": tensor(storage("0", 6), (2,), (2,)),
    "of negative size": tensor(storage("0", 6), (-6,), (1,)),
    "walking backwards": tensor(storage("0", 6), (6,), (-1,)),
    "of giant size": tensor(storage("0", 6), (1 << 62, 1 << 62), (1, 1)),
    "of very many dimensions": tensor(storage("0", 6), (1,) * 9 + (6,), (1,) * 10),
    "with more strides than sizes": tensor(storage("0", 6), (6,), (6, 1)),
    "of yes and no": tensor(storage("0", 6), (True, True), (1, 1)),
    "with sizes in a list": Call(
        REBUILD, (storage("0", 6), 0, [6], [1], False, Call(ORDERED_DICT))
    ),
    "without numbers": tensor("0", (6,)),
    "of another size than stored": tensor(storage("0", 7), (6,)),
    "of giant numbers": tensor(storage("0", 1 << 40), (6,)),
    "stored elsewhere": tensor(storage("../version", 1), (1,)),
    "of another type": tensor(storage("0", 6, "float32"), (6,)),
}


@pytest.mark.parametrize("what", WRONG_TENSORS)
def test_tensors_that_do_not_fit_their_numbers_are_refused(tmp_path: Path, what: str) -> None:
    path = file_of(tmp_path, {"good": GOOD, "bad": WRONG_TENSORS[what]})
    assert refusal(path).reason == "damaged_checkpoint"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    numbers = np.array([0, 1, 2, value, 4, 5], "<f2").tobytes()
    assert "no numbers" in str(refusal(file_of(tmp_path, {"w": GOOD}, numbers)))


@pytest.mark.parametrize("order", [b"big", b"middle", b"", b"little" * 9])
def test_numbers_in_another_byte_order_are_refused(tmp_path: Path, order: bytes) -> None:
    path = write_torch_file(tmp_path / "file.pth", {"w": GOOD}, {"0": BYTES}, byte_order=order)
    assert "little-endian" in str(refusal(path))


def nested(depth: int, opening: bytes = b"]", closing: bytes = b"a") -> Raw:
    return Raw(opening * depth + closing * (depth - 1))


def doubling(times: int) -> Raw:
    """A list of two of what was before, again and again."""
    steps = b"".join(b"](h%ch%ce" % (i, i) + b"q%c" % (i + 1) for i in range(times))
    return Raw(b"]q\0" + steps)


TRICKS: dict[str, Any] = {
    "nesting": nested(100_000),
    "nested tuples": Raw(b")" + b"\x85" * 100_000),
    "containing itself": Raw(b"]q\0h\0a"),
    "doubling": doubling(60),
    "a memo that is empty": Raw(b"h\x07"),
    "a long text that is not there": Raw(b"X\xff\xff\xff\x7f"),
    "marks only": Raw(b"(" * 100_000),
    "an empty stack": Raw(b"0000"),
    "filling a text": Raw(b"X\x01\0\0\0aK\x01a"),
    "filling a tensor": Raw(b"NK\x01K\x02s"),
    "a mapping with half a pair": Raw(b"}(K\x01u"),
    "a mapping by lists": Raw(b"}]Ns"),
    "a text that is none": Raw(b"X\x01\0\0\0\xff"),
}


@pytest.mark.parametrize("what", TRICKS)
def test_tricks_with_the_index_take_neither_time_nor_memory(tmp_path: Path, what: str) -> None:
    path = file_of(tmp_path, {"w": GOOD, "trick": TRICKS[what]})
    tracemalloc.start()
    try:
        assert refusal(path).reason in {"damaged_checkpoint", "unsafe_checkpoint"}
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_a_memo_far_out_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        assert read_pickle(b"\x80\x02]r\xff\xff\xff\x7f.") == []
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_an_index_of_many_megabytes_is_not_read(tmp_path: Path) -> None:
    assert "too long" in str(refusal(file_of(tmp_path, {"w": GOOD, "x": "a" * (2 << 20)})))


def test_compressed_members_are_refused(tmp_path: Path) -> None:
    members = [("data.pkl", [pickled({"w": GOOD})]), ("data/0", [bytes(1 << 20)] * 16)]
    path = write_members(tmp_path / "bomb", members, compression=zipfile.ZIP_DEFLATED)
    assert "compressed" in str(refusal(path))


def test_a_member_that_says_it_is_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    size = 3 << 30
    path = file_of(tmp_path, {"w": tensor(storage("0", size // 2), (size // 2,))})
    data = path.read_bytes()
    entry = data.rindex(f"{ROOT}/data/0".encode()) - 46
    sizes = struct.pack("<II", size, size)
    path.write_bytes(data[: entry + 20] + sizes + data[entry + 28 :])
    tracemalloc.start()
    try:
        assert "longer than the file" in str(refusal(path))
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_a_hundred_thousand_members_are_refused(tmp_path: Path) -> None:
    name = f"{ROOT}/data/x".encode() + b"y" * 40
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", *[0] * 9, len(name), *[0] * 4, 0, 0) + name
    directory = entry * 100_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65535, 65535, len(directory), 0, 0)
    path = tmp_path / "many"
    path.write_bytes(directory + end)
    tracemalloc.start()
    try:
        assert "too many parts" in str(refusal(path))
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_very_many_tensors_of_one_large_storage_are_refused(tmp_path: Path) -> None:
    size = 1 << 18
    one = storage("0", size)
    tensors = {str(number): tensor(one, (1,)) for number in range(5000)}
    path = file_of(tmp_path, {"weight": ordered(tensors)}, bytes(2 * size))
    assert "too many weights" in str(refusal(path))


@pytest.mark.parametrize("name", ["ssl_proj.bias", "dec.ups.0.weight_g", "dec.conv_post.weight"])
def test_a_network_without_one_of_its_weights_is_refused(tmp_path: Path, name: str) -> None:
    source = write_s2(tmp_path / "s2.pth")
    index = member_of(source, "data.pkl").replace(name.encode(), name.upper().encode())
    with pytest.raises(ModelFileError) as caught:
        S2Checkpoint.read(with_index(tmp_path / "changed.pth", source, index))
    assert caught.value.reason == "damaged_checkpoint"


@pytest.mark.parametrize("name", ["h.layers.1.norm2.bias", "h.layers.1.linear2.weight"])
def test_a_network_with_a_weight_of_another_shape_is_refused(tmp_path: Path, name: str) -> None:
    shapes = {f"model.{key}": shape for key, shape in s1_shapes(TINY_S1).items()}
    shapes[f"model.{name}"] = (*shapes[f"model.{name}"][:-1], 63)
    values = (np.zeros(shape, np.float32) for shape in shapes.values())
    settings_beside = {"config": {"model": {"head": TINY_S1.num_heads}}}
    path = write_state(tmp_path / "s1.ckpt", shapes, values, settings_beside)
    with pytest.raises(ModelFileError, match="wrong shape"):
        S1Checkpoint.read(path)


@pytest.mark.parametrize("heads", [0, -1, 5, 1 << 40, True, None, "4", 4.0, [4]])
def test_a_network_with_a_wrong_number_of_heads_is_refused(tmp_path: Path, heads: Any) -> None:
    shapes = {f"model.{key}": shape for key, shape in s1_shapes(TINY_S1).items()}
    values = (np.zeros(shape, np.float32) for shape in shapes.values())
    rest = {"config": {"model": {"head": heads}}}
    path = write_state(tmp_path / "s1.ckpt", shapes, values, rest)
    with pytest.raises(ModelFileError, match="its setting"):
        S1Checkpoint.read(path)


def member_of(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"{archive.namelist()[0].partition('/')[0]}/{name}")


def with_index(target: Path, source: Path, index: bytes) -> Path:
    """The same file with another index, checksums in order."""
    with zipfile.ZipFile(source) as archive:
        members = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    members["data.pkl"] = index
    return write_members(target, ((name, [data]) for name, data in members.items()))


def same_or_refused(path: Path, expected: dict[str, Any]) -> None:
    try:
        tensors = read_all(path)
    except ModelFileError:
        return
    assert tensors.keys() == expected.keys()
    for name, values in tensors.items():
        np.testing.assert_array_equal(values, expected[name])


@changing_files
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_checkpoint_cut_off_anywhere_is_refused(tmp_path: Path, share: float) -> None:
    data = golden_file("s1_tiny.ckpt").read_bytes()
    path = tmp_path / "cut.ckpt"
    path.write_bytes(data[: int(len(data) * share)])
    assert refusal(path).reason == "damaged_checkpoint"


@changing_files
@given(data=st.data())
def test_a_checkpoint_with_any_byte_changed_is_the_same_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(golden_file("s1_tiny.ckpt").read_bytes())
    expected = read_all(golden_file("s1_tiny.ckpt"))
    near_an_end = st.integers(0, 6000).flatmap(lambda at: st.sampled_from([at, -1 - at]))
    place = data.draw(st.one_of(near_an_end, st.integers(0, len(content) - 1)))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "changed.ckpt"
    path.write_bytes(content)
    same_or_refused(path, expected)


@changing_files
@given(data=st.data())
def test_an_index_changed_with_its_checksum_gives_a_network_or_is_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    source = golden_file("s1_tiny.ckpt")
    index = bytearray(member_of(source, "data.pkl"))
    for _ in range(data.draw(st.integers(1, 4))):
        index[data.draw(st.integers(0, len(index) - 1))] = data.draw(st.integers(0, 255))
    path = with_index(tmp_path / "changed.ckpt", source, bytes(index))
    try:
        checkpoint = S1Checkpoint.read(path)
    except ModelFileError:
        return
    for name in checkpoint.weights:
        assert np.isfinite(checkpoint.weights[name]).all()


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=60).map(lambda b: b * 50)))
def test_any_bytes_as_an_index_give_plain_values_or_are_refused(data: bytes) -> None:
    try:
        content = read_pickle(data)
    except ModelFileError:
        return
    assert isinstance(content, (dict, list, str, int, float, type(None)))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_as_a_file_are_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(data)
    with pytest.raises(ModelFileError):
        recognise(path)


def test_a_network_of_odd_width_is_refused(tmp_path: Path) -> None:
    odd = replace(TINY_S1, hidden_size=63, num_heads=3)
    with pytest.raises(ModelFileError, match="do not fit"):
        S1Checkpoint.read(write_s1(tmp_path / "s1.ckpt", odd))


@pytest.mark.parametrize(
    "changed",
    [
        {"upsample_rates": (10, 8, 2, 2, 4)},
        {"upsample_rates": (10, 8, 2, 2)},
        {"hop_length": 320},
        {"fft_size": 512},
        {"num_heads": 5},
        {"resblock_dilations": ((1, 3, 5),)},
        {"resblock_dilations": ((1,) * 17,) * 3},
    ],
)
def test_sovits_settings_that_contradict_each_other_are_refused(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    claimed = replace(tiny_s2(Kind.S2_V2), **changed)
    with pytest.raises(ModelFileError, match="setting"):
        S2Checkpoint.read(write_s2(tmp_path / "s2.pth", claimed=claimed))
