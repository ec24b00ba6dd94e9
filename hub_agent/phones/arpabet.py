"""American English sounds as eSpeak NG writes them (IPA), in ARPAbet with stress digits."""

import re
from functools import lru_cache

from hub_agent.engines.espeak import ESpeak

_VOICE = "gmw/en-US"
_VOWELS = {
    "aɪɚ": "AY ER",
    "aɪə": "AY AH",
    "oːɹ": "AO R",
    "ɑːɹ": "AA R",
    "ɔːɹ": "AO R",
    "aɪ": "AY",
    "aʊ": "AW",
    "eɪ": "EY",
    "oʊ": "OW",
    "ɔɪ": "OY",
    "iə": "IY AH",
    "ɜː": "ER",
    "ɑː": "AA",
    "ɔː": "AO",
    "oː": "AO",
    "iː": "IY",
    "uː": "UW",
    "ɚ": "ER",
    "ə": "AH",
    "ɐ": "AH",
    "ʌ": "AH",
    "æ": "AE",
    "a": "AA",
    "ɑ": "AA",
    "ɒ": "AA",
    "ɔ": "AO",
    "o": "OW",
    "ɛ": "EH",
    "e": "EH",
    "ɪ": "IH",
    "ᵻ": "IH",
    "i": "IY",
    "ʊ": "UH",
    "u": "UW",
}
_CONSONANTS = {
    "tʃ": "CH",
    "dʒ": "JH",
    "n̩": "AH0 N",
    "l̩": "AH0 L",
    "ɹ": "R",
    "r": "R",
    "j": "Y",
    "ʃ": "SH",
    "ʒ": "ZH",
    "θ": "TH",
    "ð": "DH",
    "ŋ": "NG",
    "ɡ": "G",
    "ɾ": "T",
    "ʔ": "T",
    "x": "K",
    "h": "HH",
    **{letter: letter.upper() for letter in "bdfgklmnpstvwz"},
}
_SOUND = re.compile("|".join(sorted({**_VOWELS, **_CONSONANTS}, key=len, reverse=True)))
_STRESS = {"ˈ": "1", "ˌ": "2"}


@lru_cache(maxsize=4096)
def sounded_out(word: str) -> tuple[str, ...]:
    """The phones of a word by its spelling; nothing for what has no sound."""
    phones: list[str] = []
    for phoneme in ESpeak().phonemes(word, voice=_VOICE):
        stress = _STRESS.get(phoneme[:1], "0")
        for sound in _SOUND.findall(phoneme):
            phones += _stressed(_VOWELS[sound], stress) if sound in _VOWELS else _plain(sound)
    return tuple(phones)


def _stressed(vowel: str, stress: str) -> list[str]:
    first, *rest = vowel.split()
    return [first + stress, *(phone if phone == "R" else f"{phone}0" for phone in rest)]


def _plain(consonant: str) -> list[str]:
    return _CONSONANTS[consonant].split()
