"""Cantonese: Jyutping by ToJyutping, each syllable an initial and a final with its tone.

A syllable without a consonant is cut after its first vowels, as in training:
`aai3` is `Yaa`, `Yi3`.
"""

import re

import ToJyutping

from hub_agent.phones import punctuation
from hub_agent.phones.phones import Note, Part, part_of
from hub_agent.phones.symbols import PUNCTUATION
from hub_agent.text.normalise import normalise

_CONSONANTS = "ng gw kw b p m f d t n l g k h z c s j w"
_VOWELS = "aa ai au ap at ak a e ong on ou oi ok o uk ung"
_FIRST = (*_CONSONANTS.split(), *_VOWELS.split())
_OTHER = re.compile(rf"[^㐀-䶿一-鿿{re.escape(PUNCTUATION)}]")
_SYLLABLE = re.compile(r"([a-z]+)([1-6])")
_SPOKEN_AS = str.maketrans({"〇": "零", "$": ".", "/": ","})


def read(text: str) -> Part:
    """Two phones a syllable, one a mark."""
    spoken = punctuation.mapped(normalise(text, "zh-HK")).translate(_SPOKEN_AS)
    kept = punctuation.collapsed(_OTHER.sub("", spoken))
    lost = sum(map(str.isalnum, spoken)) > sum(map(str.isalnum, kept))
    characters: list[str] = []
    symbols: list[str] = []
    word2ph: list[int] = []
    for character, jyutping in ToJyutping.get_jyutping_list(kept):
        phones = [character] if character in PUNCTUATION else _phones(jyutping or "")
        lost |= not phones
        if phones:
            characters.append(character)
            symbols += phones
            word2ph.append(len(phones))
    notes = [Note.UNREADABLE] if lost else []
    return part_of("yue", "".join(characters), symbols, word2ph, notes)


def _phones(jyutping: str) -> list[str]:
    """Of one syllable, or of several: `liu4 ge3`."""
    phones: list[str] = []
    for sounds, tone in _SYLLABLE.findall(jyutping):
        first = next((first for first in _FIRST if sounds.startswith(first)), sounds)
        phones += [f"Y{first}", f"Y{sounds[len(first) :] or first[-1]}{tone}"]
    return phones
