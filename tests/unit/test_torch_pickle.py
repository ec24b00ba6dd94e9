"""Pickles of torch that lie one behind the other in a file."""

import pickle
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


def test_keys_that_all_fall_on_one_another_take_no_time() -> None:
    """Python's dict takes numbers modulo 2^61 - 1."""
    colliding = {number * ((1 << 61) - 1): None for number in range(1, 9)}
    with pytest.raises(PickleDamagedError):
        read_pickle(BytesIO(pickle.dumps(colliding, protocol=2)))


def test_a_text_that_python_would_warn_of_is_no_more_than_refused() -> None:
    with pytest.raises((PickleDamagedError, PickleUnsafeError)):
        read_pickle(BytesIO(b"S'\\d'\n."))
