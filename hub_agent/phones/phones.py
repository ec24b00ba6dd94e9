"""What the reading of a text comes to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hub_agent.phones.symbols import ID_OF, UNKNOWN, ids_of


class Note(StrEnum):
    """Why a reading is less than the text deserves; never says what stood there."""

    GUESSED = "guessed_word"
    """No dictionary has the word: its letters were sounded out."""
    UNREADABLE = "unreadable_character"
    """A letter of a script that the language has no sound for was left out."""
    UNKNOWN_PHONE = "unknown_phone"
    """A sound that the table does not have became `UNK`."""
    SILENT = "nothing_to_say"
    """Nothing but punctuation was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of text in one language.

    `word2ph` says how many phones each character of `text` has (Mandarin and Cantonese only).
    """

    language: str
    text: str = field(repr=False)
    symbols: tuple[str, ...] = field(repr=False)
    word2ph: tuple[int, ...] | None = field(default=None, repr=False)
    notes: frozenset[Note] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """The phones of a text, part after part."""

    parts: tuple[Part, ...]
    ids: NDArray[np.int64] = field(repr=False)

    @property
    def symbols(self) -> tuple[str, ...]:
        """As in the table, one for each of `ids`."""
        return tuple(chain.from_iterable(part.symbols for part in self.parts))

    @property
    def word2ph(self) -> tuple[int, ...] | None:
        """Phones of each character of `text`; None where a part does not know."""
        counts = [part.word2ph for part in self.parts]
        known = [count for count in counts if count is not None]
        return tuple(chain.from_iterable(known)) if len(known) == len(counts) else None

    @property
    def text(self) -> str:
        """What was read, normalised."""
        return "".join(part.text for part in self.parts)

    @property
    def languages(self) -> tuple[str, ...]:
        """Of the parts, each once, in order."""
        return tuple(dict.fromkeys(part.language for part in self.parts))

    @property
    def notes(self) -> frozenset[Note]:
        """All reasons of degradation."""
        return frozenset(chain.from_iterable(part.notes for part in self.parts))


def part_of(
    language: str,
    text: str,
    symbols: Iterable[str],
    word2ph: Iterable[int] | None = None,
    notes: Iterable[Note] = (),
) -> Part:
    """A part whose symbols are all in the table: what is not becomes `UNK`, and is noted."""
    symbols = tuple(symbols)
    known = tuple(symbol if symbol in ID_OF else UNKNOWN for symbol in symbols)
    return Part(
        language=language,
        text=text,
        symbols=known,
        word2ph=None if word2ph is None else tuple(word2ph),
        notes=frozenset(notes) | ({Note.UNKNOWN_PHONE} if known != symbols else set()),
    )


def joined(parts: Iterable[Part]) -> Phones:
    """The phones of a whole text."""
    parts = tuple(parts)
    return Phones(parts=parts, ids=ids_of(chain.from_iterable(part.symbols for part in parts)))
