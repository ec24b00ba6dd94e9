"""Text that arrives bit by bit on standard input."""

import asyncio
import codecs
import os
import re
import select
import threading
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Final

from hub_agent.errors import InvalidAnnouncementError

READ_BYTES: Final = 4096
POLL_S: Final = 0.1
"""How soon a reader that waits for input notices that nobody wants it any more."""
LONGEST_BATCH_CHARS: Final = 2000
_SENTENCE_END: Final = re.compile(r"(?:[.!?…]['\")\]»”]*\s+|[。！？]|\n)")


class StandardInput:
    """Reads in whatever thread asks; `close` lets a reader that waits go."""

    def __init__(self, fd: int = 0) -> None:
        self._fd = fd
        self._closed = threading.Event()

    def close(self) -> None:
        """End the pieces now."""
        self._closed.set()

    def pieces(self) -> tuple[str, Iterator[str]]:
        """The beginning, and everything from the beginning on as it arrives. Blocks.

        Raises `InvalidAnnouncementError` when nothing but white space comes.
        """
        pieces = self._decoded()
        beginning = ""
        for piece in pieces:
            beginning += piece
            if beginning.strip():
                return beginning, chain([beginning], pieces)
        raise InvalidAnnouncementError(
            "there is nothing to say on standard input", hint="echo hello | hub-agent say -"
        )

    async def batches(self) -> AsyncIterator[str]:
        """Whole sentences, as many as have arrived since the last were taken."""
        _, pieces = await asyncio.to_thread(self.pieces)
        waiting = ""
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            ready, waiting = split_ready(waiting + piece)
            if ready.strip():
                yield ready
        if waiting.strip():
            yield waiting

    def _decoded(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while data := self._read():
            yield decoder.decode(data)
        yield decoder.decode(b"", final=True)

    def _read(self) -> bytes:
        while not self._closed.is_set():
            ready, _, _ = select.select([self._fd], [], [], POLL_S)
            if ready:
                return os.read(self._fd, READ_BYTES)
        return b""


def split_ready(text: str) -> tuple[str, str]:
    """The sentences that are complete, and the beginning of the next one.

    Text that never ends a sentence is cut between words.
    """
    end = max((found.end() for found in _SENTENCE_END.finditer(text)), default=0)
    if len(text) - end > LONGEST_BATCH_CHARS:
        end = max(text.rfind(" ") + 1, end) or len(text)
    return text[:end], text[end:]
