"""Cantonese: a consonant and a final with its tone, each after `Y`."""

import pytest

from hub_agent.phones import phones_of


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("佢個鋤頭太短啦。", "k eoi5 g o3 c o4 t au2 t aai3 d yun2 l aa1 ."),
        ("我唔識，唔該。", "ng o5 m m4 s ik1 , m m4 g oi1 ."),
        ("廣東話好掂。", "gw ong2 d ung1 w aa2 h ou2 d im6 ."),
        ("呀，安哥屋企。", "aa a3 , on n1 g o1 uk k1 k ei2 ."),
    ],
)
def test_characters_are_said_in_cantonese(text: str, phones: str) -> None:
    wanted = [phone if phone in ",." else f"Y{phone}" for phone in phones.split()]
    assert list(phones_of(text, "yue").symbols) == wanted


def test_each_character_has_two_phones_and_each_mark_one() -> None:
    phones = phones_of("晚飯仲有15分鐘！！", "yue")
    assert phones.text == "晚飯仲有十五分鐘!"
    assert phones.word2ph == (2,) * 8 + (1,)
