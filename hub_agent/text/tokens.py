"""Cuts a stream of raw text into tokens, the same ones however the stream was cut.

A token is a word with the space after it, or one character of a script without spaces. It is
handed out once what follows it has begun, never while it could still grow; tags and link targets
stay whole. The scanner holds at most one unfinished token, so that a stream of single
characters takes linear time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub_agent.text import cleaning

LONGEST_TOKEN = 400
"""Characters; a longer run without space is cut here."""

LONGEST_SPACE = 64
"""Blanks behind a token; more of them make a token of their own."""

HAN_WEIGHT = 4
"""A character of these scripts takes as long to speak as four letters."""

HAN_WORDS = 6
"""Tenths of a word that one of them counts."""

FIGURE_WEIGHT = 5
"""Letters that a figure becomes when it is read out, beyond its own place."""

IDEOGRAPHS = (
    "\u2e80-\u2fff\u3005-\u3007\u3021-\u3029\u3031-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003fffd"
)
_HEAVY = IDEOGRAPHS + "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
OPENING = "([{（「『《〈【〔“‘«‹„¿¡"
CLOSING = ")\\]}）」』》〉】〕”’»›\"'"
WIDE_STOPS = "。！？；，、：…～｡､"
_ATTACHED = (
    f"[{CLOSING}{WIDE_STOPS}!?.,;:—ー々〜\u0300-\u036f\u200c\u200d\ufe00-\ufe0f\u3099\u309a]"
)
_PLAIN = f"[^\\s{IDEOGRAPHS}{WIDE_STOPS}<\\]]++"
_NOT_BLOCK = rf"(?!{cleaning.BLOCK_TAG})(?:{cleaning.TAG}|<)"
_SPACE = rf"(?:{cleaning.BLOCK_TAG}|\s)"

_SPACES = re.compile(_SPACE + "*+", re.IGNORECASE)
_WORDS = re.compile(rf"(?:{_PLAIN}|{cleaning.LINK_TARGET}|\]|{_NOT_BLOCK})*+", re.IGNORECASE)
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_TAIL = re.compile(f"{_ATTACHED}*+")
_NEWLINE = re.compile(f"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]|{cleaning.BLOCK_TAG}", re.IGNORECASE)
_OPEN_TAG = re.compile(rf"<(?:[A-Za-z/!?][^<>]{{0,{cleaning.MARKUP_SPAN}}})?\Z")
_OPEN_LINK = re.compile(rf"\](?:\([^()\[\]\n]{{0,{cleaning.MARKUP_SPAN}}})?\Z")
_HEAVY_CHARACTER = re.compile(f"[{_HEAVY}]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_FIGURE = re.compile(r"\d")
_MARKED = re.compile(r"[^\w\s.,;:!?'\-。！？；，、：]|_")


@dataclass(slots=True, eq=False)
class Token:
    """A word and the space after it, as written and as it will be seen without markup."""

    raw: str
    bare: str
    spaced: bool
    newline: bool
    weight: int = field(init=False)
    """Letters, or what takes as long to speak."""

    words: int = field(init=False)
    """Tenths of a word."""

    def __post_init__(self) -> None:
        heavy = len(_HEAVY_CHARACTER.findall(self.bare))
        thai = len(_THAI.findall(self.bare))
        figures = len(_FIGURE.findall(self.bare))
        light = len(self.bare) - heavy
        self.weight = heavy * HAN_WEIGHT + light + figures * FIGURE_WEIGHT + self.spaced
        word = 10 if light > thai and not heavy and any(map(str.isalnum, self.bare)) else 0
        self.words = heavy * HAN_WORDS + thai * 2 + figures * 3 + word


def weigh(text: str) -> int:
    """How long a text takes to speak, in letters."""
    return len(text) + (HAN_WEIGHT - 1) * len(_HEAVY_CHARACTER.findall(text))


class Scanner:
    """Turns pieces of text into tokens."""

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, text: str) -> Iterator[Token]:
        """The tokens that are complete now."""
        return self._scan(text, final=False)

    def finish(self) -> Iterator[Token]:
        """The tokens that are left."""
        return self._scan("", final=True)

    def _scan(self, text: str, *, final: bool) -> Iterator[Token]:
        buffer = self._pending + text
        settled = len(buffer) if final else _settled(buffer)
        position = 0
        while position < len(buffer):
            middle, end = _extent(buffer, position)
            if end >= settled and not final:
                break
            yield _token(buffer[position:middle], buffer[middle:end])
            position = end
        self._pending = buffer[position:]


def _settled(buffer: str) -> int:
    """How far the buffer is safe from a tag or link target that is still open."""
    settled = len(buffer)
    for sign, pattern in (("<", _OPEN_TAG), ("]", _OPEN_LINK)):
        start = buffer.rfind(sign, max(0, settled - cleaning.MARKUP_SPAN - 2))
        if start >= 0 and pattern.match(buffer, start):
            settled = min(settled, start)
    return settled


def _extent(buffer: str, start: int) -> tuple[int, int]:
    """Where the word that starts here ends, and where the space behind it does."""
    limit = start + LONGEST_TOKEN
    if _IDEOGRAPH.match(buffer, start):
        middle = start + 1
    else:
        match = _WORDS.match(buffer, start, min(len(buffer), limit + cleaning.MARKUP_SPAN + 2))
        middle = min(match.end() if match else start, limit)
        if middle == start and (match := _SPACES.match(buffer, start)) and match.end() == start:
            middle = start + 1
    tail = _TAIL.match(buffer, middle, limit) if middle > start else None
    middle = max(middle, tail.end()) if tail else middle
    spaces = _SPACES.match(buffer, middle, middle + LONGEST_SPACE + cleaning.MARKUP_SPAN)
    end = spaces.end() if spaces else middle
    return middle, max(end, start + 1)


def _token(word: str, space: str) -> Token:
    bare = cleaning.clean(word) if _MARKED.search(word) else word
    return Token(word + space, bare, bool(space), bool(_NEWLINE.search(space)))
