"""A piece of text for the engine."""

from dataclasses import dataclass, field
from enum import StrEnum


class Boundary(StrEnum):
    """How a segment ends: decides the engine's intonation and the pause that follows."""

    WORD = "word"
    CLAUSE = "clause"
    SENTENCE = "sentence"
    QUESTION = "question"
    EXCLAMATION = "exclamation"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Normalised text of at most a few seconds, its place and how it ends.

    `text` keeps its own punctuation inside and at its end; `language` is a BCP 47 tag.
    """

    text: str = field(repr=False)
    index: int
    language: str
    boundary: Boundary = Boundary.SENTENCE
