"""How one token joins the next: the end of a sentence, of a clause, of a word, or no place to cut.

The rules that read out numbers and abbreviations look across blanks. Where they may do so,
there is no cut: next to figures and signs, behind abbreviations and initials.
"""

import re
from functools import lru_cache

from hub_agent.text.language import base
from hub_agent.text.phrasing_words import ABBREVIATIONS, CLINGING, OPENERS, WIDE_CLOSERS
from hub_agent.text.segment import Boundary
from hub_agent.text.tables import word_set
from hub_agent.text.tokens import CLOSING, OPENING, Token

_QUESTIONS = "?？؟⁇⁈՞፧"
_GREEK_QUESTION = ";"
_EXCLAMATIONS = "!！‼⁉"
_STOPS = ".…。｡．۔।॥།።။។៕։"
_SELF_STANDING = frozenset("。｡．！？…")


def _ending(marks: str) -> re.Pattern[str]:
    return re.compile(rf"([{re.escape(marks)}]+)([{CLOSING}]*)\Z")


_MARKS = _QUESTIONS + _EXCLAMATIONS + _STOPS
_END, _GREEK_END = _ending(_MARKS), _ending(_MARKS + _GREEK_QUESTION)
_CLAUSE_END = re.compile(rf"[,;:،؛、，；：—–·፣፤፥၊]+[{CLOSING}]*\Z")
_DASHES = frozenset({"-", "–", "—"})
_STICKY = re.compile(r"[\d°%‰€$£¥+−~≈<>=±#№&@×÷/²³]|^[-–—]")
_INITIAL = re.compile(r"(?:[^\W\d_]\.)+\Z")
_NUMBER_STOP = re.compile(r"(\d+)\.\Z")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_HIRAGANA = re.compile("[\u3041-\u309f]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_ORDINAL_DOT = word_set("de da nb nn no fi et cs sk hu pl sl hr sr bs is lv tr fo lb")
_STRIPPED = ".,;:!?\"'()[]“”‘’„«»"

GOOD, PLAIN, BAD = 2, 1, 0


class Phrasing:
    """The joints of one language."""

    def __init__(self, language: str) -> None:
        self.language = base(language)
        key = "zh" if self.language == "cmn" else self.language
        self._openers = OPENERS.get(key, frozenset())
        self._clinging = CLINGING.get(key, frozenset()) | self._openers
        self._end = _GREEK_END if key == "el" else _END
        self._fixed, self._closing, self._before_number = _abbreviations(key)

    def joint(self, token: Token, following: Token | None) -> Boundary | None:
        """How `token` is set apart from what follows; None where no cut may be."""
        end = self._end.search(token.bare)
        if following is None or token.newline:
            return self._mark(end) or (Boundary.PARAGRAPH if following else Boundary.SENTENCE)
        if end:
            return self._stop(token, following, end)
        return self._within(token, following)

    def quality(self, token: Token, following: Token) -> int:
        """How good a cut between two words is."""
        last, first = _plain(token.bare), _plain(following.bare)
        if _WIDE.search(last[-1:]) or _WIDE.search(first[:1]):
            if self.language == "ja":
                turn = _HIRAGANA.match(last[-1:]) and not _HIRAGANA.match(first[:1])
                return GOOD if turn else BAD
            return GOOD if last[-1:] in WIDE_CLOSERS or first[:1] in self._openers else PLAIN
        if last in self._clinging:
            return BAD
        return GOOD if first in self._openers else PLAIN

    def _stop(self, token: Token, following: Token, end: re.Match[str]) -> Boundary | None:
        if not token.spaced and not _SELF_STANDING.issuperset(end[1]):
            return self._within(token, following)
        mark = self._mark(end)
        if mark:
            quoted = end[2] and following.bare[:1].islower()
            return Boundary.CLAUSE if quoted else mark
        if end[1][-1] not in ".…":
            return Boundary.SENTENCE
        if end[1] == ".":
            return self._full_stop(token, following)
        return Boundary.CLAUSE if following.bare[:1].islower() else Boundary.SENTENCE

    def _mark(self, end: re.Match[str] | None) -> Boundary | None:
        if not end:
            return None
        marks = end[1]
        if any(mark in _QUESTIONS + _GREEK_QUESTION for mark in marks):
            return Boundary.QUESTION
        return Boundary.EXCLAMATION if any(mark in _EXCLAMATIONS for mark in marks) else None

    def _full_stop(self, token: Token, following: Token) -> Boundary | None:
        word = token.bare.lstrip(OPENING + "\"'")
        upcoming = following.bare.lstrip(OPENING + "\"'*_")
        number = _NUMBER_STOP.search(word)
        if number and self._ordinal(number[1], upcoming):
            return None
        if word in self._fixed or (
            _INITIAL.match(word) and word not in self._closing and word != "I."
        ):
            return None
        if word in self._before_number and upcoming[:1].isdigit():
            return None
        if upcoming[:1].islower():
            return None if word in self._closing or len(word) <= 3 or number else Boundary.CLAUSE
        return Boundary.SENTENCE

    def _ordinal(self, number: str, following: str) -> bool:
        if self.language == "de":
            from hub_agent.text.german_ordinals import continues

            return continues(number, following)
        return self.language in _ORDINAL_DOT and len(number) <= 2 and following[:1].islower()

    def _within(self, token: Token, following: Token) -> Boundary | None:
        last, first = token.bare, following.bare
        if last.endswith(tuple(OPENING)) or not last or not first:
            return None
        if _CLAUSE_END.search(last) and (token.spaced or _WIDE.search(last[-1:] + first[:1])):
            figure = last.rstrip(_STRIPPED)[-1:].isdigit() or last[:-1] in self._before_number
            return None if figure and first[:1].isdigit() else Boundary.CLAUSE
        if last in _DASHES:
            return None if _STICKY.search(first) else Boundary.CLAUSE
        if _STICKY.search(last) or _STICKY.search(first):
            return None
        if token.spaced and _THAI.search(last[-1:]) and _THAI.search(first[:1]):
            return Boundary.CLAUSE
        if last.endswith(".") or not (token.spaced or _WIDE.search(last[-1:] + first[:1])):
            return None
        return Boundary.WORD


def _plain(word: str) -> str:
    return word.strip(_STRIPPED).lower()


@lru_cache(maxsize=64)
def _abbreviations(language: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What never ends a sentence, what may, and what stands before numbers."""
    if language == "en":
        from hub_agent.text import english_words as english

        fixed = english.ABBREVIATIONS.keys() | english.BEFORE_NAME.keys()
        months = {f"{month}." for month in english.SHORT_MONTHS}
        return (
            frozenset(fixed),
            frozenset(english.CLOSING_ABBREVIATIONS) | {"a.m.", "p.m.", "A.M.", "P.M."},
            frozenset(english.BEFORE_NUMBER) | months,
        )
    if language == "de":
        from hub_agent.text import german_words as german

        months = {f"{month}." for month in german.SHORT_MONTHS}
        return (
            frozenset(german.ABBREVIATIONS) | {"Fr."},
            frozenset(german.CLOSING_ABBREVIATIONS),
            frozenset(german.WEEKDAYS) | months,
        )
    return ABBREVIATIONS | {word.capitalize() for word in ABBREVIATIONS}, frozenset(), frozenset()
