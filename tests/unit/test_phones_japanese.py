"""Japanese with its pitch accent."""

import os
import subprocess
import sys

import pytest

from hub_agent.phones import Note, phones_of


def said(text: str) -> str:
    return " ".join(phones_of(text, "ja").symbols)


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("今何時ですか？", "i ] m a UNK n a ] N j i d e s u k a ?"),
        ("７時３０分", said("七時三十分")),
        ("7:30に起きる", said("7時30分に起きる")),
        ("湿度は45％", said("湿度は45パーセント")),
        ("お茶、お菓子", "o [ ch a , o [ k a ] sh i"),
    ],
)
def test_words_have_their_sounds_and_their_accent(text: str, phones: str) -> None:
    assert said(text) == phones


def test_a_decimal_is_one_number() -> None:
    assert "." not in said("気温は25.5度です")


def test_a_sound_that_the_table_lacks_is_two_that_it_has() -> None:
    assert Note.UNKNOWN_PHONE not in phones_of("クヮルテット、テューバ、グヮム", "ja").notes


def test_a_dictionary_that_cannot_be_unpacked_says_what_to_do() -> None:
    code = (
        "from hub_agent.phones import phones_of\n"
        "from hub_agent.phones.errors import DictionaryNotUnpackedError\n"
        "try:\n    phones_of('はい', 'ja')\n"
        "except DictionaryNotUnpackedError as error:\n    print(error.hint)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": os.devnull}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set XDG_CACHE_HOME to a folder that can be written\n"
