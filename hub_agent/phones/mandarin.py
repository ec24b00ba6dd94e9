"""Mandarin: words and their kinds by rjieba, their pinyin by pypinyin, then tone sandhi."""

import re
from functools import lru_cache

import rjieba
from pypinyin import Style, lazy_pinyin

from hub_agent.phones import punctuation
from hub_agent.phones.mandarin_tones import spoken_tones
from hub_agent.phones.mandarin_words import Word, merged
from hub_agent.phones.phones import Note, Part, part_of
from hub_agent.phones.pinyin import initial_and_final
from hub_agent.phones.symbols import PUNCTUATION
from hub_agent.text.normalise import normalise

_SPOKEN_AS = str.maketrans({"〇": "零", "嗯": "恩", "呣": "母", "$": ".", "/": ",", "々": ""})
_OTHER = re.compile(rf"[^㐀-䶿一-鿿{re.escape(PUNCTUATION)}]")
_PIECE = re.compile(rf"[{re.escape(PUNCTUATION)}]|[^{re.escape(PUNCTUATION)}]+")
_SYLLABLE = re.compile(r"([a-zê]+)([1-5])")


def read(text: str) -> Part:
    """Two phones a character, one a mark."""
    normalised, notes = _normalised(text)
    symbols: list[str] = []
    word2ph: list[int] = []
    for word in merged(_words(normalised), _tones):
        for phones in _phones(word):
            symbols += phones
            word2ph.append(len(phones))
    return part_of("zh", normalised, symbols, word2ph, notes)


def _normalised(text: str) -> tuple[str, set[Note]]:
    spoken = punctuation.mapped(normalise(text, "zh")).translate(_SPOKEN_AS)
    readable = "".join(
        character
        for character in _OTHER.sub("", spoken)
        if character in PUNCTUATION or _syllables(character)
    )
    lost = sum(map(str.isalnum, spoken)) > sum(map(str.isalnum, readable))
    return punctuation.collapsed(readable), {Note.UNREADABLE} if lost else set()


def _words(text: str) -> list[Word]:
    """Every mark is a word of its own."""
    return [Word(piece, kind) for word, kind in rjieba.tag(text) for piece in _PIECE.findall(word)]


def _phones(word: Word) -> list[list[str]]:
    """Of each character."""
    if word.text in PUNCTUATION:
        return [[word.text]]
    syllables = _syllables(word.text)
    tones = spoken_tones(word, [tone for _, tone in syllables])
    return [
        [initial, f"{final}{tone}"]
        for (syllable, _), tone in zip(syllables, tones, strict=True)
        for initial, final in [initial_and_final(syllable)]
    ]


def _tones(text: str) -> list[int]:
    """Of the characters as they stand in the dictionary; nothing for a mark."""
    return [tone for _, tone in _syllables(text)]


@lru_cache(maxsize=4096)
def _syllables(text: str) -> tuple[tuple[str, int], ...]:
    """A syllable and a tone for each character that has one; 5 is the neutral tone."""
    pinyin = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False)
    matches = [_SYLLABLE.fullmatch(syllable) for syllable in pinyin]
    return tuple((match[1], int(match[2])) for match in matches if match)
