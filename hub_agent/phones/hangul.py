"""Hangul syllables taken apart, and their letters as the table has them."""

from dataclasses import dataclass

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_FIRST = ord("가")
_LAST = ord("힣")
_GLIDES = {
    "ㅘ": "ㅗㅏ",
    "ㅙ": "ㅗㅐ",
    "ㅚ": "ㅗㅣ",
    "ㅝ": "ㅜㅓ",
    "ㅞ": "ㅜㅔ",
    "ㅟ": "ㅜㅣ",
    "ㅢ": "ㅡㅣ",
    "ㅑ": "ㅣㅏ",
    "ㅒ": "ㅣㅐ",
    "ㅕ": "ㅣㅓ",
    "ㅖ": "ㅣㅔ",
    "ㅛ": "ㅣㅗ",
    "ㅠ": "ㅣㅜ",
}


@dataclass(slots=True)
class Syllable:
    """Onset (`ㅇ` is none), vowel, coda (empty is none); `spaced`: a blank stands before it."""

    onset: str
    vowel: str
    coda: str
    spaced: bool = False

    def coda_without_last(self) -> str:
        """Of a cluster the first consonant, else nothing."""
        return CLUSTERS.get(self.coda, "")[:1]

    def letters(self) -> str:
        """Simple vowels and consonants."""
        return self.onset + _GLIDES.get(self.vowel, self.vowel) + self.coda


def is_syllable(character: str) -> bool:
    """Whether it is one of the 11 172 composed syllables."""
    return _FIRST <= ord(character) <= _LAST


def taken_apart(character: str) -> Syllable:
    """The parts of a composed syllable."""
    onset, rest = divmod(ord(character) - _FIRST, len(VOWELS) * len(CODAS))
    vowel, coda = divmod(rest, len(CODAS))
    return Syllable(ONSETS[onset], VOWELS[vowel], CODAS[coda].strip())


def letters_of(letter: str) -> str:
    """A letter that stands alone, in letters of the table; clusters in their two consonants."""
    return CLUSTERS.get(letter, _GLIDES.get(letter, letter))


CLUSTERS = {
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ",
    "ㅀ": "ㄹㅎ",
    "ㅄ": "ㅂㅅ",
}
