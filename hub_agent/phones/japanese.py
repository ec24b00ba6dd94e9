"""Japanese: Open JTalk's phonemes with its pitch accent, by haqumei.

`[` rise, `]` fall, `_` pause. The border of two accent phrases has no place in the table and is
`UNK`, as in training.
"""

import re
from functools import lru_cache

from haqumei import Dictionary, Haqumei

from hub_agent.phones import punctuation
from hub_agent.phones.errors import DictionaryNotUnpackedError
from hub_agent.phones.phones import Note, Part, part_of
from hub_agent.phones.symbols import ID_OF, PUNCTUATION, UNKNOWN

_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
_WORDS = str.maketrans({"%": "パーセント", "％": "パーセント", "℃": "度", "&": "アンド"})
_READ = "A-Za-z\\d々〇ぁ-ヿ㐀-䶿一-鿿ｦ-ﾝ"
_STRETCH = re.compile(rf"(?:[{_READ}]|(?<=\d)[.,](?=\d))+|[{re.escape(PUNCTUATION)}]")
_BORDER = "#"
_UNVOICED = frozenset("AIUEO")
_SPLIT = {"kw": "k w", "gw": "g w", "ty": "t y", "fy": "f y", "vy": "v y"}
"""Syllables of loanwords that the table has only in two sounds."""


def read(text: str) -> Part:
    """Marks stand where they were; what is between them is analysed as a whole."""
    normalised = punctuation.collapsed(punctuation.mapped(_spoken(text)))
    phones: list[str] = []
    for stretch in _STRETCH.findall(normalised):
        phones += [stretch] if stretch in PUNCTUATION else _phones(stretch)
    borderless = (UNKNOWN if phone == _BORDER else phone for phone in phones)
    lost = any(character.isalpha() for character in _STRETCH.sub("", normalised))
    return part_of("ja", normalised, borderless, notes=[Note.UNREADABLE] if lost else [])


def _spoken(text: str) -> str:
    return _TIME.sub(r"\1時\2分", text.translate(_WORDS)).lower()


def _phones(stretch: str) -> list[str]:
    marked = _analyser().g2p_prosody(stretch)[1:-1]
    voiced = (phone.lower() if phone in _UNVOICED else phone for phone in marked)
    return [
        piece
        for phone in voiced
        for piece in (_SPLIT[phone].split() if phone in _SPLIT else [phone])
        if piece in ID_OF or piece.isalpha() or piece == _BORDER
    ]


@lru_cache(maxsize=1)
def _analyser() -> Haqumei:
    """Unpacks its dictionary (103 MB) into the user's cache folder when it is first made."""
    try:
        return Haqumei.from_dictionary(Dictionary.from_embedded())
    except RuntimeError as error:
        raise DictionaryNotUnpackedError(
            "the Japanese dictionary cannot be unpacked into the cache folder",
            hint="set XDG_CACHE_HOME to a folder that can be written",
        ) from error
