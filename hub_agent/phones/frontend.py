"""The phones of a text in one of the five languages, or in several of them."""

import re
from collections.abc import Callable
from typing import TypeAlias

from hub_agent.phones import scripts
from hub_agent.phones.errors import LanguageNotReadError, ReaderMissingError
from hub_agent.phones.phones import Note, Part, Phones, joined, part_of
from hub_agent.phones.symbols import KOREAN_SPACE, KOREAN_STOP, PUNCTUATION
from hub_agent.text.cleaning import clean
from hub_agent.text.language import base

Reader: TypeAlias = Callable[[str], Part]

LANGUAGES = ("zh", "en", "ja", "ko", "yue")
FEWEST_PHONES = 6
"""Shorter inputs come out garbled: the official front end starts them with a full stop."""

_OTHER_NAMES = {"cmn": "zh"}
_SOUNDLESS = frozenset({*PUNCTUATION, KOREAN_SPACE, KOREAN_STOP})
_BLANKS = re.compile(r"[^\S\n]{2,}")


def phones_of(text: str, language: str) -> Phones:
    """The phones of any text, in the language of a BCP 47 tag where its script does not tell.

    Raises LanguageNotReadError, and ReaderMissingError where a language of the text lacks its
    extra. What cannot be read is left out or guessed, and noted.
    """
    main = _language(language)
    cleaned = _BLANKS.sub(" ", clean(text))
    phones = _read(cleaned, main)
    if len(phones.ids) < FEWEST_PHONES:
        phones = _read("." + cleaned, main)
    return phones


def _language(tag: str) -> str:
    name = base(tag)
    name = _OTHER_NAMES.get(name, name)
    if tag.lower().replace("_", "-").startswith("zh-yue"):
        name = "yue"
    if name not in LANGUAGES:
        raise LanguageNotReadError(
            f"these voices do not speak the language '{name}'",
            hint=f"choose one of {', '.join(LANGUAGES)}",
        )
    return name


def _read(text: str, language: str) -> Phones:
    phones = joined(_reader(of_part)(part) for of_part, part in scripts.split(text, language))
    if _SOUNDLESS.issuperset(phones.symbols):
        silence = part_of(language, "", (), (), [Note.SILENT])
        return joined((*phones.parts, silence))
    return phones


def _reader(language: str) -> Reader:
    try:
        match language:
            case "zh":
                from hub_agent.phones.mandarin import read
            case "yue":
                from hub_agent.phones.cantonese import read
            case "ja":
                from hub_agent.phones.japanese import read
            case "ko":
                from hub_agent.phones.korean import read
            case _:
                from hub_agent.phones.english import read
    except ModuleNotFoundError as error:
        raise ReaderMissingError(language) from error
    return read
