"""Text that arrives bit by bit on the event loop and is read in a worker thread."""

import asyncio
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Final

from hub_agent.announcement import MAX_TEXT_CHARS
from hub_agent.errors import InvalidAnnouncementError

TELLING_CHARS: Final = 16
"""About three words: from then on the language of Latin letters is guessed no better."""
LAST_LATIN_LETTER: Final = "\u024f"


class GrowingText:
    """One text. Iterating blocks until more comes and ends with it; only once, in one thread."""

    def __init__(self) -> None:
        self.so_far = ""
        self.complete = asyncio.Event()
        self._telling = asyncio.Event()
        self._pieces: SimpleQueue[str | None] = SimpleQueue()

    def __iter__(self) -> Iterator[str]:
        while (piece := self._pieces.get()) is not None:
            yield piece

    def add(self, piece: str) -> None:
        """Append. Raises `InvalidAnnouncementError` where the text becomes too long."""
        if len(self.so_far) + len(piece) > MAX_TEXT_CHARS:
            raise InvalidAnnouncementError("the text is too long", reason="text_too_long")
        self.so_far += piece
        self._pieces.put(piece)
        if _tells_language(self.so_far):
            self._telling.set()

    def end(self) -> None:
        """No more will come; may be called twice."""
        self.complete.set()
        self._telling.set()
        self._pieces.put(None)

    async def begun(self) -> None:
        """Wait until the beginning tells the language, or all is there."""
        await self._telling.wait()


def _tells_language(text: str) -> bool:
    """Another script tells it at once."""
    if len(text.strip()) >= TELLING_CHARS:
        return True
    return any(letter.isalpha() and letter > LAST_LATIN_LETTER for letter in text)
