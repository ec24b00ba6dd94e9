"""American English: dictionary, homographs, letters, and words that nobody wrote down."""

import pytest

from hub_agent.phones import Note, phones_of
from hub_agent.phones.arpabet import sounded_out
from hub_agent.phones.english import read


def said(text: str) -> str:
    return " ".join(read(text).symbols)


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("please read it", "P L IY1 Z R IY1 D IH1 T"),
        ("I have read it", "AY1 HH AE1 V R EH1 D IH1 T"),
        ("they live here", "DH EY1 L IH1 V HH IY1 R"),
        ("close the door", "K L OW1 Z DH AH0 D AO1 R"),
        ("record a message", "R AH0 K AO1 R D AH0 M EH1 S AH0 JH"),
        ("a new record", "AH0 N UW1 R EH1 K ER0 D"),
        ("no use", "N OW1 Y UW1 S"),
    ],
)
def test_the_word_before_decides_between_homographs(text: str, phones: str) -> None:
    assert said(text) == phones


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("the TV", "DH AH0 T IY1 V IY1"),
        ("two TVs", "T UW1 T IY1 V IY1 Z"),
        ("USB cable", "Y UW1 EH1 S B IY1 K EY1 B AH0 L"),
        ("my AI", "M AY1 EY1 AY1"),
        ("NASA now", "N AE1 S AH0 N AW1"),
        ("TURN IT OFF", "T ER1 N IH1 T AO1 F"),
        ("WiFi is on", "W AY1 F AY2 IH1 Z AA1 N"),
        ("at p.m. now", "AE1 T P IY1 EH1 M N AW1"),
    ],
)
def test_capitals_are_letters_unless_a_word_is_known(text: str, phones: str) -> None:
    assert said(text) == phones


@pytest.mark.parametrize(
    ("text", "ending"),
    [("Zibbett's cat", "S K"), ("Zibbess's cat", "AH0 Z K"), ("Zibbeg's cat", "Z K")],
)
def test_a_possessive_ends_as_its_last_sound_wants(text: str, ending: str) -> None:
    assert f"{ending} AE1 T" in said(text)


def test_an_unknown_word_is_sounded_out_and_noted() -> None:
    phones = phones_of("the zigbee thermostat", "en")
    assert " ".join(phones.symbols[2:7]) == "Z IH1 G B IY0"
    assert phones.notes == {Note.GUESSED}
    assert phones_of("the kitchen light", "en").notes == frozenset()


@pytest.mark.parametrize(
    ("word", "phones"),
    [("little", "L IH1 T AH0 L"), ("yacht", "Y AA1 T"), ("measure", "M EH1 ZH ER0")],
)
def test_spelling_gives_sounds_of_the_table(word: str, phones: str) -> None:
    assert " ".join(sounded_out(word)) == phones


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("It's 9:30 pm.", "It's nine thirty PM."),
        ("wait; stop: now", "wait, stop, now"),
        ("well-known – café “yes”", "well-known - cafe yes"),
        ("so… what?!", "so. what?"),
    ],
)
def test_text_comes_down_to_letters_and_six_marks(text: str, normalised: str) -> None:
    assert read(text).text == normalised
