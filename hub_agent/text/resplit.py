"""Splits normalised text that grew too long: numbers written out, giant words."""

import re
import unicodedata
from collections.abc import Iterator

from hub_agent.text.tokens import CLOSING, HAN_WEIGHT, IDEOGRAPHS, WIDE_STOPS, weigh

_PIECE = re.compile(f"[{IDEOGRAPHS}][{CLOSING}{WIDE_STOPS}]*\\s*|[^\\s{IDEOGRAPHS}]+\\s*|\\s+")
_PAUSE = re.compile(f"[,;:.!?…{WIDE_STOPS}][{CLOSING}]*\\s*\\Z")
_MARKS_TOGETHER = 16


def resplit(text: str, longest: int) -> list[str]:
    """The text in parts of at most `longest` letters, cut at a pause or between words.

    Only a word that is longer than that by itself is cut inside, never before its marks.
    """
    if weigh(text) <= longest:
        return [text]
    return [part for part in map(str.strip, _parts(text, longest)) if part]


def _parts(text: str, longest: int) -> Iterator[str]:
    gathered: list[str] = []
    weight = 0
    for piece in _pieces(text, longest):
        size = weigh(piece.rstrip())
        if gathered and weight + size > longest:
            cut = _last_pause(gathered, longest // 3) or len(gathered)
            yield "".join(gathered[:cut])
            gathered = gathered[cut:]
            weight = weigh("".join(gathered))
            if weight + size > longest:
                yield "".join(gathered)
                gathered, weight = [], 0
        gathered.append(piece)
        weight += weigh(piece)
    yield "".join(gathered)


def _last_pause(pieces: list[str], least: int) -> int:
    """How many pieces go up to the last pause; 0 where there is none late enough."""
    for count in range(len(pieces), 0, -1):
        if _PAUSE.search(pieces[count - 1]):
            return count if weigh("".join(pieces[:count])) >= least else 0
    return 0


def _pieces(text: str, longest: int) -> Iterator[str]:
    for match in _PIECE.finditer(text):
        word = match[0]
        while weigh(word.rstrip()) > longest:
            end = _inside(
                word, max(longest // HAN_WEIGHT if weigh(word) > len(word) else longest, 1)
            )
            yield word[:end]
            word = word[end:]
        yield word


def _inside(word: str, end: int) -> int:
    """A place near `end` that is not before a combining mark."""
    for place in range(end, max(end - _MARKS_TOGETHER, 0), -1):
        if not unicodedata.category(word[place]).startswith("M"):
            return place
    return end
