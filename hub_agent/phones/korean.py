"""Korean: letters as they are said, `空` for a blank, `停` for what has no sound."""

import re

from hub_agent.phones import punctuation
from hub_agent.phones.hangul import is_syllable, letters_of, taken_apart
from hub_agent.phones.korean_numbers import spoken
from hub_agent.phones.korean_rules import pronounce
from hub_agent.phones.phones import Note, Part, part_of
from hub_agent.phones.symbols import KOREAN_SPACE, KOREAN_STOP, PUNCTUATION

_PHRASE = re.compile(r"([가-힣]+(?: [가-힣]+)*)")
_JAMO = re.compile("[ㄱ-ㅣ]")


def read(text: str) -> Part:
    """A part that ends in a letter gets a full stop."""
    normalised = punctuation.collapsed(punctuation.mapped(spoken(text)))
    phones: list[str] = []
    lost = False
    for piece in filter(None, _PHRASE.split(normalised)):
        if is_syllable(piece[0]):
            phones += _phrase(piece)
        else:
            kept = [letter for letter in piece if _JAMO.match(letter) or not letter.isalpha()]
            phones += map(_mark, "".join(map(letters_of, kept)))
            lost |= len(kept) < len(piece)
    if phones and _JAMO.match(phones[-1]):
        phones.append(".")
    return part_of("ko", normalised, phones, notes=[Note.UNREADABLE] if lost else [])


def _phrase(text: str) -> list[str]:
    written = text.replace(" ", "")
    syllables = [taken_apart(character) for character in written]
    starts = [character == " " for character in text]
    spaced = [starts[i - 1] if i else False for i, blank in enumerate(starts) if not blank]
    for syllable, after_blank in zip(syllables, spaced, strict=True):
        syllable.spaced = after_blank
    pronounce(syllables, written)
    return [
        letter
        for syllable in syllables
        for letter in ([KOREAN_SPACE] if syllable.spaced else []) + list(syllable.letters())
    ]


def _mark(character: str) -> str:
    if character.isspace():
        return KOREAN_SPACE
    return character if character in PUNCTUATION or _JAMO.match(character) else KOREAN_STOP
