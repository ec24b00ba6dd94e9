"""Takes away what cannot be spoken: markup, emoji, controls. Pure, linear, for every language.

A newline ends a paragraph and is kept, one at a time; all other space becomes one blank.
Links are read by their text. Every pattern here looks at no more than `MARKUP_SPAN` characters
from where it starts, so that a stream can be cleaned piece by piece and garbage stays cheap.
"""

import html
import re
import unicodedata

MARKUP_SPAN = 400
"""The longest tag or link target that is taken for one, in characters."""

_BLOCK_NAMES = "p|br|hr|div|li|ul|ol|tr|table|h[1-6]|s|speak|blockquote|pre|title|section"
BLOCK_TAG = rf"</?(?:{_BLOCK_NAMES})(?:[\s/][^<>]{{0,{MARKUP_SPAN}}})?>"
TAG = rf"<[A-Za-z/!?][^<>]{{0,{MARKUP_SPAN}}}>"
LINK_TARGET = rf"\]\([^()\[\]\n]{{0,{MARKUP_SPAN}}}\)"

_NEWLINES = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_MARKUP = (
    (re.compile(BLOCK_TAG, re.IGNORECASE), "\n"),
    (re.compile(r"<break\b[^<>]{0,400}>", re.IGNORECASE), " "),
    (re.compile(TAG), ""),
    (re.compile(LINK_TARGET), ""),
    (re.compile(r"(?<!\S)!(?=\[)"), ""),
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LINE_MARKS = (
    (re.compile(r"^[ \t]*(?:`{3,}|~{3,})\w*", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:[-*_=]{3,}|(?:[-*_] ){3,})[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:#{1,6}|>+|[-*+•‣◦▪])(?=[ \t])", re.MULTILINE), ""),
    (re.compile(r"(?<!\S)\[[ xX]\](?!\S)"), ""),
)
_INLINE_MARKS = (
    (re.compile(r"(?<=\d) ?\* ?(?=\d)"), "×"),
    (re.compile(r"\^2(?!\d)"), "²"),
    (re.compile(r"\^3(?!\d)"), "³"),
    (re.compile(r"(?<=[^\W_])_(?=[^\W_])"), " "),
    (re.compile(r"~~|[*_`\\\[\]]|[<>](?!=? ?\d)|\^"), ""),
    (re.compile(r"[|{}]"), " "),
)
_TIDY = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r" ?\n[ \n]*"), "\n"),
    (re.compile(r"\( ?\)"), ""),
    (re.compile(r"[^\S\n]{2,}"), " "),
    (re.compile(r"\.{3,}"), "…"),
    (re.compile(r"([!?。！？…،؟,;:])\1+"), r"\1"),
    (re.compile(r" (?=[,;!?…，。！？、](?!\w)|[.:](?!\S))"), ""),
)
_SPOKEN_SYMBOLS = frozenset("°№©®™℃℉℗㎎㎏㎜㎝㎞㎡㎥㏄")
_REPLACEMENTS = {
    "\t": " ",
    "‼": "!",
    "⁉": "?",
    "⁈": "?",
    "⁇": "?",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "‐": "-",
    "‑": "-",
    "㎡": "m²",
    "㎥": "m³",
    "µ": "μ",
}
_EMOJI_PARTS = frozenset("\ufe0e\ufe0f\u20e3")
_JOINERS = frozenset("\u200c\u200d")
_STRAY_JOINER = re.compile(
    "(?<![\u0600-\u0fff\u1000-\u109f\u1780-\u17ff])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0600-\u0fff\u1000-\u109f\u1780-\u17ff])"
)
_CACHED_CHARACTERS = 4096


class _Characters(dict[int, str]):
    """What becomes of each character, worked out when first met; the memory is bounded."""

    def __missing__(self, code: int) -> str:
        kept = _kept(chr(code))
        if len(self) < _CACHED_CHARACTERS:
            self[code] = kept
        return kept


def _kept(character: str) -> str:
    if character in _REPLACEMENTS:
        return _REPLACEMENTS[character]
    if character in _SPOKEN_SYMBOLS or character in _JOINERS or character == "\n":
        return character
    if character in _EMOJI_PARTS:
        return ""
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if (
        category in {"So", "Cc", "Cf", "Cs", "Co", "Cn"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    ):
        return ""
    return character


_CHARACTERS = _Characters()


def clean(text: str) -> str:
    """The text without markup, emoji and controls, in Unicode normal form C."""
    text = _NEWLINES.sub("\n", text)
    if "<" in text or "](" in text or "![" in text:
        text = _substitute(_MARKUP, text)
    if "&" in text:
        text = _NEWLINES.sub("\n", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
    text = _substitute(_LINE_MARKS, text.translate(_CHARACTERS))
    text = _STRAY_JOINER.sub("", text)
    text = unicodedata.normalize("NFC", _substitute(_INLINE_MARKS, text))
    return _substitute(_TIDY, text).strip()


def _substitute(rules: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text
