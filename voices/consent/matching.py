"""Whether what a recogniser heard is the statement that was to be read out."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voices.consent.challenge import Challenge
from voices.consent.languages import statement_language
from voices.consent.spoken_numbers import digits_of, is_number
from voices.consent.statements import Statement

LARGEST_WER: Final = 0.25
"""Recognisers stumble over names; reading something else gives 0.7 and more."""
_LONGEST_HEARD: Final = 4000
_NUMBER: Final = "#"
_WORD: Final = re.compile(r"[^\W_]+")
_APOSTROPHES: Final = re.compile(r"['’ʼ`]")


@dataclass(frozen=True, slots=True)
class Heard:
    """How well it was said: errors per word (Chinese: per character), and whether the code was."""

    wer: float
    code_ok: bool

    @property
    def matches(self) -> bool:
        """Whether that counts as having said it."""
        return self.code_ok and self.wer <= LARGEST_WER


def spoken_matches(statement: Statement, challenge: Challenge, heard_text: str) -> Heard:
    """Compare what was heard with the statement; the code must be exact, figures or words."""
    return Heard(
        wer=error_rate(statement.text, heard_text, statement.language),
        code_ok=_has_code(challenge, heard_text),
    )


def error_rate(reference: str, heard: str, language: str) -> float:
    """Words (Chinese: characters) wrong, missing or too many, for each one of the reference.

    A number, however it is written, counts as one word and as right.
    """
    language = statement_language(language)
    wanted = _merged(_tokens(reference, language), language)
    found = _merged(_tokens(heard[:_LONGEST_HEARD], language), language)
    return _distance(wanted, found) / max(len(wanted), 1)


def _tokens(text: str, language: str) -> list[str]:
    """Words without case, accents or apostrophes; in Chinese every character by itself."""
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    words = _WORD.findall(plain)
    return list("".join(words)) if language == "zh" else words


def _merged(tokens: Sequence[str], language: str) -> list[str]:
    """Every run of numbers as one token: 2026, twenty twenty-six, 二〇二六."""
    merged: list[str] = []
    for token in tokens:
        if not is_number(token, language):
            merged.append(token)
        elif merged[-1:] != [_NUMBER]:
            merged.append(_NUMBER)
    return merged


def _has_code(challenge: Challenge, heard: str) -> bool:
    tokens = _tokens(heard[:_LONGEST_HEARD], challenge.language)
    words = _tokens(" ".join(challenge.words), challenge.language)
    starts = range(len(tokens) - len(words) + 1)
    return any(
        tokens[start : start + len(words)] == words
        and _digits_from(tokens[start + len(words) :], challenge.language) == challenge.digits
        for start in starts
    )


def _digits_from(tokens: Sequence[str], language: str) -> str:
    """All digits up to the first token that is none."""
    digits = ""
    for token in tokens:
        spelt = digits_of(token, language)
        if spelt is None:
            return "" if is_number(token, language) else digits
        digits += spelt
    return digits


def _distance(wanted: Sequence[str], found: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions (Levenshtein)."""
    row = list(range(len(found) + 1))
    for count, token in enumerate(wanted, 1):
        diagonal, row[0] = row[0], count
        for place, other in enumerate(found, 1):
            best = min(diagonal + (token != other), row[place] + 1, row[place - 1] + 1)
            diagonal, row[place] = row[place], best
    return row[-1]
