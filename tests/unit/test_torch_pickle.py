"""Pickles of torch that lie one behind the other in a file."""

import pickle
import time
from collections.abc import Iterator
from io import BytesIO

import pytest

from tests.fakes.torch_files import Name, Raw, Stored, pickled
from voices.torch_pickle.errors import PickleDamagedError, PickleUnsafeError
from voices.torch_pickle.reader import MAX_PICKLE_BYTES, read_pickle

VALUES = [{"little_endian": True}, ["a", "b"], 1 << 79]
NUMBERS = b"numbers."


def test_pickles_are_read_one_after_the_other_up_to_what_follows_them() -> None:
    file = BytesIO(b"".join(pickle.dumps(value, protocol=2) for value in VALUES) + NUMBERS)
    assert [read_pickle(file) for _ in VALUES] == VALUES
    assert file.read() == NUMBERS


def test_a_pickle_knows_nothing_of_the_one_before_it() -> None:
    file = BytesIO(pickle.dumps(["a"], protocol=2) + pickled(Raw(b"h\0")))
    read_pickle(file)
    with pytest.raises(PickleDamagedError):
        read_pickle(file)


def test_a_pickle_that_does_not_end_is_given_up_however_long_the_file_is() -> None:
    file = BytesIO(b"]" * (MAX_PICKLE_BYTES + 1))
    with pytest.raises(PickleDamagedError):
        read_pickle(file)
    assert file.tell() == MAX_PICKLE_BYTES


def test_what_asks_to_be_run_is_named() -> None:
    with pytest.raises(PickleUnsafeError, match=r"os\.system"):
        read_pickle(BytesIO(pickled(Name("os", "system"))))


@pytest.mark.parametrize("view", [(1,), (None, None), (("0", 0, 6),)])
def test_numbers_that_are_part_of_others_are_refused(view: tuple[object, ...]) -> None:
    described = ("storage", Name("torch", "FloatStorage"), "0", "cpu", 6, *view)
    with pytest.raises(PickleDamagedError, match="unknown kind"):
        read_pickle(BytesIO(pickled(Stored(described))))


@pytest.mark.parametrize("key", [1.0, None, True])
def test_keys_are_words_or_numbers(key: object) -> None:
    with pytest.raises(PickleDamagedError):
        read_pickle(BytesIO(pickle.dumps({key: None}, protocol=2)))


def test_numbers_that_all_fall_on_one_another_in_a_dict_take_no_time() -> None:
    """Python's dict takes them modulo 2^61 - 1."""
    data = pickle.dumps({number * ((1 << 61) - 1): None for number in range(3000)}, protocol=2)
    began = time.process_time()
    with pytest.raises(PickleDamagedError):
        read_pickle(BytesIO(data))
    assert time.process_time() - began < 1


def test_an_object_gets_one_state_however_often_it_is_offered() -> None:
    """Each offer copied it, and takes one byte."""
    state = b"".join(b"X" + len(key).to_bytes(4, "little") + key + b"N" for key in keys(60_000))
    head = b"\x80\x02}q\x00(" + state + b"ucutils\nHParams\n)\x81"
    offers = b"h\x00b" * ((MAX_PICKLE_BYTES - len(head)) // 3 - 1)
    began = time.process_time()
    with pytest.raises(PickleDamagedError):
        read_pickle(BytesIO(head + offers + b"."))
    assert time.process_time() - began < 10


def keys(number: int) -> Iterator[bytes]:
    return (b"%05d" % each for each in range(number))


def test_a_text_that_python_would_warn_of_is_no_more_than_refused() -> None:
    with pytest.raises((PickleDamagedError, PickleUnsafeError)):
        read_pickle(BytesIO(b"S'\\d'\n."))
