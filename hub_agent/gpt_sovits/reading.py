"""Phones of what is to be said and of what a reference says, as official inference reads them."""

from typing import Final

from hub_agent.phones import Note, Phones, phones_of
from hub_agent.phones.sentence import ended, opened
from hub_agent.text.language import base
from hub_agent.text.segment import Boundary, Segment

_STOPS: Final = {
    Boundary.WORD: ",",
    Boundary.CLAUSE: ",",
    Boundary.QUESTION: "?",
    Boundary.EXCLAMATION: "!",
}


def segment_phones(segment: Segment) -> Phones | None:
    """Of a segment in its own language; None where there is nothing to say.

    Raises `LanguageNotReadError`, `ReaderMissingError`.
    """
    language, text = base(segment.language), segment.text.rstrip()
    if text and text[-1].isalnum():
        text += _STOPS.get(segment.boundary, "")
    phones = phones_of(ended(opened(text, language), language), segment.language)
    return None if Note.SILENT in phones.notes else phones


def reference_phones(transcript: str, language: str) -> Phones:
    """Of a transcript. Raises `LanguageNotReadError`, `ReaderMissingError`."""
    return phones_of(ended(transcript, base(language)), language)
