"""Japanese with its pitch accent."""

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
