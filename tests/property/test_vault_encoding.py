"""Payloads survive being kept; other bytes give one kind of error."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from voices.errors import VaultDamagedError, WrongSecretError
from voices.payload import Payload
from voices.vault.crypto import BadSealError
from voices.vault.encoding import DTYPES, decode, encode
from voices.vault.fields import MalformedError, canonical
from voices.vault.header import read_header
from voices.vault.recovery import read_code, write_code
from voices.vault.stream import CHUNK_BYTES, open_stream, seal_stream

KEY = bytes(range(32))

plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
any_array: st.SearchStrategy[NDArray[Any]] = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda name: arrays.arrays(
        np.dtype(name), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    )
)


@given(
    meta=st.dictionaries(st.text(), plain_json, max_size=5),
    named=st.dictionaries(st.text(), any_array, max_size=4),
)
def test_a_payload_comes_back_as_it_was(
    meta: dict[str, Any], named: dict[str, NDArray[Any]]
) -> None:
    back = decode(encode(Payload(meta, named)))

    assert back.meta == meta
    assert list(back.arrays) == list(named)
    for name, array in named.items():
        assert back.arrays[name].dtype == array.dtype
        assert back.arrays[name].shape == array.shape
        assert back.arrays[name].tobytes() == array.tobytes()
        assert back.arrays[name].flags.writeable


@given(st.binary(max_size=300))
def test_any_bytes_are_no_payload(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(data)


@given(
    head=plain_json | st.fixed_dictionaries({"meta": plain_json, "arrays": plain_json}),
    tail=st.binary(max_size=40),
)
def test_any_json_before_any_bytes_is_a_payload_or_a_typed_error(head: Any, tail: bytes) -> None:
    text = json.dumps(head).encode()
    data = b"HVP1" + len(text).to_bytes(4, "little") + text + tail
    try:
        payload = decode(data)
    except MalformedError:
        return
    assert sum(array.nbytes for array in payload.arrays.values()) == len(tail)


@given(data=st.data(), array=any_array)
def test_a_payload_that_is_cut_off_is_no_payload(data: st.DataObject, array: NDArray[Any]) -> None:
    whole = encode(Payload({"a": 1}, {"b": array}))
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MalformedError):
        decode(whole[:cut])


@pytest.mark.parametrize("bad", [b"[" * 100_000, b"9" * 10_000, b'{"a":NaN}', b"\xff\xfe"])
def test_json_that_breaks_parsers_is_a_typed_error(bad: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(b"HVP1" + len(bad).to_bytes(4, "little") + bad)


@pytest.mark.parametrize(
    "payload",
    [
        Payload({"a": float("nan")}),
        Payload({"a": object()}),
        Payload({}, {"a": np.zeros(2, np.complex64)}),
        Payload({}, {"a": np.array(["text"])}),
        Payload({}, {"a": np.zeros((1,) * 9)}),
    ],
)
def test_what_cannot_be_kept_is_refused(payload: Payload) -> None:
    with pytest.raises(MalformedError):
        encode(payload)


def test_arrays_of_other_layout_come_back_little_endian_and_in_order() -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4).T
    back = decode(encode(Payload({}, {"a": array}))).arrays["a"]
    assert (back == array).all()
    assert back.dtype == np.dtype("<f4")


@given(st.binary(max_size=400))
def test_any_bytes_are_no_header(data: bytes) -> None:
    with pytest.raises(VaultDamagedError):
        read_header(data)


@given(
    st.dictionaries(
        st.sampled_from(["fmt", "v", "gen", "slots", "files", "vault_id", "mac"]), plain_json
    )
)
def test_any_json_is_no_header(content: dict[str, Any]) -> None:
    with pytest.raises(VaultDamagedError):
        read_header(canonical(content) + b"\n")


EDGES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 7]


@pytest.mark.parametrize("size", EDGES)
def test_a_stream_of_any_length_comes_back_and_cannot_be_cut_or_lengthened(size: int) -> None:
    plain = bytes(range(256)) * (size // 256 + 1)
    plain = plain[:size]
    sealed = seal_stream(KEY, plain, header=b"head")

    assert open_stream(KEY, sealed, header=b"head") == plain
    chunk = CHUNK_BYTES + 16
    broken = [sealed[:-1], sealed + b"x", sealed[chunk:], sealed[:chunk], sealed + sealed[:chunk]]
    broken.append(sealed[chunk : 2 * chunk] + sealed[:chunk] + sealed[2 * chunk :])
    for other in broken:
        if other != sealed:
            with pytest.raises(BadSealError):
                open_stream(KEY, other, header=b"head")
    with pytest.raises(BadSealError):
        open_stream(KEY, sealed, header=b"other")


@given(st.binary(min_size=16, max_size=16))
def test_a_recovery_code_can_be_read_however_it_is_typed(key: bytes) -> None:
    code = write_code(key)
    assert read_code(code) == key
    assert read_code(f"  {code.lower().replace('-', ' ')} ") == key
    assert read_code(code.replace("0", "O").replace("1", "l")) == key


@settings(max_examples=20)
@given(st.binary(min_size=16, max_size=16))
def test_every_wrong_letter_and_every_swap_in_a_recovery_code_is_noticed(key: bytes) -> None:
    letters = list(write_code(key).replace("-", ""))
    typed = []
    for place, right in enumerate(letters):
        wrong = [letter for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if letter != right]
        typed += [[*letters[:place], letter, *letters[place + 1 :]] for letter in wrong]
        typed.append(letters[:place] + letters[place + 1 :])
    for place in range(len(letters) - 1):
        one, other = letters[place : place + 2]
        if one != other:
            typed.append([*letters[:place], other, one, *letters[place + 2 :]])
    for attempt in typed:
        with pytest.raises(WrongSecretError) as caught:
            read_code("".join(attempt))
        assert caught.value.reason == "mistyped"


@given(st.text(max_size=29))
def test_text_of_another_length_is_no_code(text: str) -> None:
    with pytest.raises(WrongSecretError, match="mistyped"):
        read_code(text)
