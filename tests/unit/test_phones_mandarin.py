"""Mandarin as it is spoken: sandhi, the neutral tone, 儿, characters with several readings."""

import pytest

from hub_agent.phones import Note, phones_of
from hub_agent.phones.pinyin import initial_and_final


def spoken(text: str) -> list[str]:
    """The phones of a text without marks."""
    phones = phones_of(f"。。{text}", "zh").symbols
    return [symbol for symbol in phones if symbol not in {".", ","}]


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("你好", "n-i2 h-ao3"),
        ("展览馆", "zh-an2 l-an2 g-uan3"),
        ("纸老虎", "zh-ir3 l-ao2 h-u3"),
        ("不怕", "b-u2 p-a4"),
        ("不吃", "b-u4 ch-ir1"),
        ("看不懂", "k-an4 b-u5 d-ong3"),
        ("一天", "y-i4 t-ian1"),
        ("一段", "y-i2 d-uan4"),
        ("看一看", "k-an4 y-i5 k-an4"),
        ("第一", "d-i4 y-i1"),
        ("三十一", "s-an1 sh-ir2 y-i1"),
        ("桌子", "zh-uo1 z-i05"),
        ("原子", "y-van2 z-i03"),
        ("朋友", "p-eng2 y-ou5"),
        ("奶奶", "n-ai3 n-ai5"),
        ("出去", "ch-u1 q-v5"),
        ("三个", "s-an1 g-e5"),
        ("一点儿", "y-i4 d-ian3 EE-er3"),
        ("女儿", "n-v3 EE-er2"),
        ("银行行长", "y-in2 h-ang2 h-ang2 zh-ang3"),
        ("长得很高", "zh-ang3 d-e5 h-en3 g-ao1"),
        ("音乐", "y-in1 y-ve4"),
    ],
)
def test_words_are_said_as_people_say_them(text: str, phones: str) -> None:
    assert spoken(text) == phones.replace("-", " ").split()


@pytest.mark.parametrize(
    ("syllable", "pair"),
    [
        ("zhuang", "zh uang"),
        ("zhi", "zh ir"),
        ("si", "s i0"),
        ("ri", "r ir"),
        ("xue", "x ve"),
        ("lve", "l ve"),
        ("nv", "n v"),
        ("yan", "y En"),
        ("ye", "y E"),
        ("yuan", "y van"),
        ("wu", "w u"),
        ("er", "EE er"),
        ("a", "AA a"),
        ("ou", "OO ou"),
        ("ng", "EE en"),
    ],
)
def test_a_syllable_is_an_initial_and_a_final(syllable: str, pair: str) -> None:
    assert initial_and_final(syllable) == tuple(pair.split())


def test_numbers_are_read_and_marks_become_six() -> None:
    phones = phones_of("“温度”：25度——真好！！", "zh")
    assert phones.text == "温度,二十五度-真好!"
    assert phones.word2ph == (2, 2, 1, 2, 2, 2, 2, 1, 2, 2, 1)


def test_what_has_no_reading_is_left_out_and_noted() -> None:
    phones = phones_of("你好\U00020000世界，再见", "zh")
    assert phones.text == "你好世界,再见"
    assert phones.notes == {Note.UNREADABLE}


def test_traditional_characters_are_read_as_simplified_ones_are() -> None:
    assert spoken("晚飯準備好了") == spoken("晚饭准备好了")
