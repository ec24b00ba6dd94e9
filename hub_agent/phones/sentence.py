"""How official inference opens and ends a sentence before it is read."""

import re

_ENDS = "，。？！,.?!~:：—…"
_FIRST_CLAUSE = re.compile(f"[^{_ENDS}]*")
FEWEST_CHARACTERS = 4
"""A shorter first clause is swallowed: a full stop goes before it."""


def opened(text: str, language: str) -> str:
    """The text with a full stop before a short first clause (for what is to be spoken)."""
    first = _FIRST_CLAUSE.match(text)
    short = first is not None and len(first[0]) > 0 and len(first[0].strip()) < FEWEST_CHARACTERS
    return _full_stop(language) + text if short else text


def ended(text: str, language: str) -> str:
    """The text with a mark at its end (for what is to be spoken and for the reference's text)."""
    text = text.rstrip()
    return text if not text or text[-1] in _ENDS else text + _full_stop(language)


def _full_stop(language: str) -> str:
    return "." if language == "en" else "。"
