"""The 732 phones of a v2 GPT-SoVITS model, in the order of its embedding rows.

Four blocks: what v1 knew, sorted by code point; the pitch marks of Japanese; the letters of
Korean, sorted; the sounds of Cantonese, sorted, with `Y` before them to tell them from Mandarin.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

PAD, UNKNOWN = "_", "UNK"
PUNCTUATION = "!?…,.-"
RISE, FALL = "[", "]"
KOREAN_SPACE, KOREAN_STOP = "空", "停"

_MANDARIN_INITIALS = "AA EE OO b c ch d f g h j k l m n p q r s sh t w x y z zh"
_MANDARIN_FINALS = (
    "E En a ai an ang ao e ei en eng er i i0 ia ian iang iao ie in ing iong ir iu"
    " o ong ou u ua uai uan uang ui un uo v van ve vn"
)
_MANDARIN_TONES = "12345"
_JAPANESE = (
    "I N U a b by ch cl d dy e f g gy h hy i j k ky m my n ny o p py r ry s sh t ts u v w y z"
)
_ARPABET_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
_ARPABET_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_ARPABET_STRESSES = "012"
_ARPABET_UNSTRESSED = "ER IH"
_KOREAN = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅓㅔㅗㅜㅡㅣ" + KOREAN_STOP + KOREAN_SPACE
_CANTONESE_BARE = "a aa ai ak au b c d e f g gw h j k kw l m n ng o oi ok on ou p s t uk w z"
_CANTONESE_FINALS = (
    "a aa aai aak aam aan aang aap aat aau ai ak am an ang ap at au e ei ek eng eoi eon eot g i"
    " ik im in ing ip it iu k m n o oe oek oeng oi ok on ong ot ou p t u ui uk un ung ut yu yun yut"
)
_CANTONESE_TONES = "123456"


def _each(stems: str, tones: str) -> list[str]:
    return [stem + tone for stem in stems.split() for tone in tones]


def _table() -> tuple[str, ...]:
    first = {
        PAD,
        UNKNOWN,
        *PUNCTUATION,
        *("SP", "SP2", "SP3"),
        *_MANDARIN_INITIALS.split(),
        *_each(_MANDARIN_FINALS, _MANDARIN_TONES),
        *_JAPANESE.split(),
        *_ARPABET_CONSONANTS.split(),
        *_each(_ARPABET_VOWELS, _ARPABET_STRESSES),
        *_ARPABET_UNSTRESSED.split(),
    }
    cantonese = [*_CANTONESE_BARE.split(), *_each(_CANTONESE_FINALS, _CANTONESE_TONES)]
    return (
        *sorted(first),
        RISE,
        FALL,
        *sorted(_KOREAN),
        *sorted(f"Y{sound}" for sound in cantonese),
    )


SYMBOLS = _table()
ID_OF: Mapping[str, int] = MappingProxyType({symbol: i for i, symbol in enumerate(SYMBOLS)})


def ids_of(symbols: Iterable[str]) -> NDArray[np.int64]:
    """The embedding rows of symbols that are all in the table."""
    return np.array([ID_OF[symbol] for symbol in symbols], dtype=np.int64)
