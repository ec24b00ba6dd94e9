"""A text of several languages, cut where the language changes.

Chinese, Cantonese and Japanese share characters: the language given decides, and kana. Marks and
digits go with the word they touch, else with the words before them.
"""

import re
from collections.abc import Iterator

LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
HAN = "々〇㐀-䶿一-鿿\U00020000-\U0003ffff"
KANA = "ぁ-ゖゝ-ゟァ-ヺー-ヿㇰ-ㇿｦ-ﾟ"
HANGUL = "ᄀ-ᇿㄱ-ㆎ가-힣"

_RUN = re.compile(
    f"(?P<en>[{LATIN}](?:['’-]?[{LATIN}]+)*)|(?P<han>[{HAN}]+)|(?P<ja>[{KANA}]+)"
    f"|(?P<ko>[{HANGUL}]+)|(?P<between>[^{LATIN}{HAN}{KANA}{HANGUL}]+)"
)
_CLAUSE = re.compile(
    r"[^\n,.!?;:，。！？；：、…「」『』“”()（）]*[\n,.!?;:，。！？；：、…「」『』“”()（）]*"
)
_KANA, _HAN = re.compile(f"[{KANA}]"), re.compile(f"[{HAN}]")
_JAPANESE_SHARE = 0.4
"""Kana among the characters from which a clause is Japanese: 東京駅は何番線ですか has 0.4."""

_NEXT_WORD = re.compile(r"[\s,.!?;:，。！？；：、…]([^\s,.!?;:，。！？；：、…]*\d[^\s]*)$")


def split(text: str, language: str) -> list[tuple[str, str]]:
    """Pairs of a language and a stretch of the text, in order; together they are the text."""
    stretches: list[tuple[str, str]] = []
    waiting = ""
    for of_run, run in _runs(text, language):
        if of_run is None:
            waiting += run
            continue
        kept, taken = _shared(waiting) if stretches else ("", waiting)
        if stretches:
            last, before = stretches[-1]
            stretches[-1] = last, before + kept
        if stretches and stretches[-1][0] == of_run:
            stretches[-1] = of_run, stretches[-1][1] + taken + run
        else:
            stretches.append((of_run, taken + run))
        waiting = ""
    if not stretches:
        return [(language, text)] if text else []
    last, before = stretches[-1]
    stretches[-1] = last, before + waiting
    return stretches


def _runs(text: str, language: str) -> Iterator[tuple[str | None, str]]:
    for clause in filter(None, _CLAUSE.findall(text)):
        of_han = _language_of_han(clause, language)
        for run in _RUN.finditer(clause):
            match run.lastgroup:
                case "between":
                    yield None, run[0]
                case "han":
                    yield of_han, run[0]
                case of_run:
                    yield of_run, run[0]


def _language_of_han(clause: str, language: str) -> str:
    if language != "ja":
        kana, han = len(_KANA.findall(clause)), len(_HAN.findall(clause))
        if kana and kana >= _JAPANESE_SHARE * (kana + han):
            return "ja"
    return language if language in {"zh", "yue", "ja"} else "zh"


def _shared(between: str) -> tuple[str, str]:
    """What lies between two words, cut: a number after the last blank goes with what follows."""
    number = _NEXT_WORD.search(between)
    return (between[: number.start(1)], number[1]) if number else (between, "")
