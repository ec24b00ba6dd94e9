"""From written text to text that can be spoken as it stands.

English, Chinese and German are read out in full: numbers, dates, times, units, money, signs and
abbreviations become words. In other languages only markup, emoji and controls go; their
engines read numbers better than we would. Links are spoken as their host.
"""

import re
from functools import lru_cache

from hub_agent.text.cleaning import clean
from hub_agent.text.language import base
from hub_agent.text.rules import Language

_BLANKS = re.compile(r"[^\S\n]{2,}")
_LOST_BLANK = re.compile(r"[^\S\n]+(?=[,;!?…\n]|[.:](?!\w)|\)|$)|(?<=[\n(])[^\S\n]+")


READ_OUT = ("en", "de", "zh")
"""Languages whose numbers are read out here."""


def normalise(text: str, language: str) -> str:
    """What to say for `text` in the language of a BCP 47 tag. Pure; any string is welcome.

    Newlines stay as the ends of paragraphs. Text with nothing to say becomes punctuation
    or nothing at all.
    """
    cleaned = clean(text)
    reader = _reader(language)
    if reader is None or not cleaned:
        return cleaned
    spoken = _LOST_BLANK.sub("", _BLANKS.sub(" ", reader.speak(cleaned)))
    return spoken.strip()


def preload(language: str) -> None:
    """Load what the first number of this language would otherwise wait for."""
    normalise("1 2.", language)


@lru_cache(maxsize=32)
def _reader(language: str) -> Language | None:
    match base(language):
        case "en":
            from hub_agent.text.english import English

            return English(language)
        case "de":
            from hub_agent.text.german import German

            return German()
        case "zh" | "cmn":
            from hub_agent.text.chinese import Chinese

            return Chinese(language)
    return None
